"""A hold is captured only up to the amount due for its booking."""

import pytest
from django.utils import timezone

from payments_graphql.errors import AmountError, InvalidStateError
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.services import payment_intents
from payments_graphql.services.available_actions import Action, list_available_actions


@pytest.fixture
def held(alice, booking, pay, sandbox):
    return pay(alice, None, None, booking=booking, capture_method="manual")


def _capture(intent, **values):
    return payment_intents.capture_payment_intent(payment_intent=intent, **values)


def _list_captures(sandbox):
    return sandbox.requests("POST", "/v1/payment_intents/*/capture")


def _get_maximum(held):
    (capture,) = (one for one in list_available_actions(held) if one.action == Action.CAPTURE)
    return None if capture.refusal else capture.maximum_amount


def test_all_of_it_is_captured_when_it_is_due(held, booking):
    assert _get_maximum(held) == 9999
    _capture(held)
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)


def test_no_more_than_what_is_due_is_captured(held, booking, sandbox):
    Booking.objects.update(amount=8000)
    held.refresh_from_db()

    for amount in (None, "80.01"):
        with pytest.raises(AmountError, match=r"At most 80\.00 USD can be captured") as caught:
            _capture(held, amount=amount)
        assert str(caught.value.maximum) == "80.00"
        assert caught.value.path == ("amount",)
    assert not _list_captures(sandbox)
    assert _get_maximum(held) == 8000


def test_a_smaller_amount_due_is_captured(held, booking):
    Booking.objects.update(amount=8000)
    _capture(held, amount="80.00")
    booking.refresh_from_db()
    assert (booking.amount_due, booking.amount_overpaid) == (0, 0)


def test_nothing_is_captured_for_a_canceled_booking(held, sandbox):
    Booking.objects.update(canceled_at=timezone.now())

    for amount in (None, "1.00"):
        with pytest.raises(InvalidStateError, match="Cancel the payment") as caught:
            _capture(held, amount=amount)
        assert caught.value.current_status == "canceled"
    assert not _list_captures(sandbox)


def test_nothing_is_captured_for_a_booking_that_is_paid(held, alice, pay, booking, sandbox):
    other = pay(alice)
    StripePaymentIntent.objects.filter(pk=other.pk).update(booking=booking)

    with pytest.raises(InvalidStateError) as caught:
        _capture(held)
    assert caught.value.current_status == "paid"
    assert not _list_captures(sandbox)


@pytest.mark.parametrize("changed", ["user", "currency"])
def test_nothing_is_captured_for_another_customer_or_currency(held, bob, sandbox, changed):
    Booking.objects.update(**{"user": {"user": bob}, "currency": {"currency": "EUR"}}[changed])

    with pytest.raises(InvalidStateError, match="another customer or has another currency"):
        _capture(held, amount="1.00")
    assert not _list_captures(sandbox)


def test_a_hold_without_a_booking_is_captured_as_before(alice, pay, sandbox):
    held = pay(alice, capture_method="manual")
    assert _capture(held, amount=40).amount_received == 4000
