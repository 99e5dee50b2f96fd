"""What can be done with a payment, and if not, why: the field, the status, what would be
allowed."""

import pytest
from django.utils import timezone

from payments_graphql.errors import PaymentError, PermissionDeniedError
from payments_graphql.models import Booking, StripePaymentIntent, StripePaymentMethod
from payments_graphql.services.available_actions import (
    Action,
    check_capture,
    find_capture_refusal,
    find_refusal,
    list_available_actions,
)
from tests.schema.rows import get_customer, make_disputes, make_intents, make_refunds

PATH = ("paymentIntentId",)
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


@pytest.fixture
def make(alice, booking):
    """A payment for her booking of 99.99 USD, after which the booking changes."""

    def make(booked=(), **values) -> StripePaymentIntent:
        [intent] = make_intents(alice, booking=booking, **{"amount": 9999, **values})
        if booked:
            Booking.objects.update(**dict(booked))
        return StripePaymentIntent.objects.get(pk=intent.pk)

    return make


def _get_maxima(intent, user=None):
    found = list_available_actions(intent, user)
    assert [one.action for one in found] == list(Action)
    return {one.action: one.maximum_amount for one in found if one.refusal is None}


def _explain(refusal: PaymentError | None):
    assert refusal is not None
    return refusal.path, refusal.current_status, refusal.allowed


@pytest.mark.parametrize(
    ("action", "status", "allowed"),
    [
        (Action.CONFIRM, "canceled", PAYABLE),
        (Action.CAPTURE, "succeeded", ("requires_capture",)),
        (Action.CANCEL, "succeeded", (*PAYABLE, "requires_capture")),
        (Action.UPDATE, "processing", PAYABLE),
        (Action.REFUND, "requires_capture", ("succeeded",)),
    ],
)
def test_the_error_has_the_status_and_the_allowed_ones(make, action, status, allowed):
    intent = make(status=status)

    refusal = find_refusal(action, intent)

    assert _explain(refusal) == (PATH, status, allowed)
    assert all(type(one) is str for one in refusal.allowed)
    assert f'status "{intent.get_status_display().lower()}"' in refusal.message


@pytest.mark.parametrize("action", Action)
def test_a_user_without_permission_is_told_so(make, bob, action):
    refusal = find_refusal(action, make(), bob)

    assert isinstance(refusal, PermissionDeniedError)
    assert refusal.path == PATH
    verb = "change" if action == Action.UPDATE else action
    assert refusal.message == f"You are not allowed to {verb} this payment."


def test_a_user_with_permission_is_not_refused(make, alice, sam):
    intent = make()

    assert find_refusal(Action.CONFIRM, intent, alice) is None
    assert find_refusal(Action.CANCEL, intent, sam) is None


@pytest.mark.parametrize("action", Action)
def test_nothing_is_done_with_a_payment_of_another_mode(make, action):
    assert "different mode" in find_refusal(action, make(livemode=True)).message


CANCELED = {"canceled_at": timezone.now()}
EUROS = {"currency": "EUR"}


@pytest.mark.parametrize(
    ("action", "status", "booked", "message", "told"),
    [
        (Action.CONFIRM, PAYABLE[0], CANCELED, "booking was canceled", "canceled"),
        (Action.CONFIRM, PAYABLE[0], EUROS, "another currency", PAYABLE[0]),
        (
            Action.CONFIRM,
            PAYABLE[0],
            {"amount": 9998},
            "amount due for the booking has changed",
            PAYABLE[0],
        ),
        (Action.CAPTURE, "requires_capture", CANCELED, "booking was canceled", "canceled"),
        (Action.CAPTURE, "requires_capture", EUROS, "has another currency", "requires_capture"),
        (Action.CAPTURE, "requires_capture", {"amount": 0}, "is already paid", "paid"),
        (Action.UPDATE, PAYABLE[0], EUROS, "another currency", PAYABLE[0]),
    ],
    ids=lambda value: str(value) if isinstance(value, Action) else None,
)
def test_a_changed_booking_is_reported(make, action, status, booked, message, told):
    refusal = find_refusal(action, make(booked, status=status))

    assert _explain(refusal) == (PATH, told, ())
    assert message in refusal.message


@pytest.mark.parametrize("action", [Action.CONFIRM, Action.UPDATE])
def test_a_deleted_customer_is_reported(make, action):
    intent = make()
    intent.customer.deleted_at = timezone.now()

    refusal = find_refusal(action, intent)

    assert _explain(refusal) == (PATH, "requires_payment_method", ())
    assert "customer of this payment was deleted" in refusal.message


@pytest.fixture
def paid(make):
    return make(status="succeeded", amount_received=9999)


@pytest.mark.parametrize(
    ("dispute", "told"),
    [
        ({"status": "needs_response"}, "disputed"),
        ({"status": "lost", "is_charge_refundable": True}, "lost"),
        (None, "refunded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_reason_why_nothing_is_left_to_refund_is_given(paid, dispute, told):
    if dispute:
        make_disputes(paid, amount=9999, **dispute)
    else:
        make_refunds(paid, amount=9999)

    assert _explain(find_refusal(Action.REFUND, paid)) == (PATH, told, ())


def test_the_last_cent_can_be_refunded(paid):
    make_refunds(paid, amount=9998)

    assert _get_maxima(paid) == {Action.REFUND: 1}


@pytest.mark.parametrize(("type", "label"), [("boleto", "Boleto"), ("oxxo", "OXXO")])
def test_a_voucher_that_stripe_does_not_refund_is_named(alice, paid, type, label):
    paid.payment_method = StripePaymentMethod(customer=get_customer(alice), type=type)

    refusal = find_refusal(Action.REFUND, paid)

    assert _explain(refusal) == (PATH, "succeeded", ())
    assert f"cannot refund payments with {label}" in refusal.message


def test_the_maximum_of_a_new_payment_is_what_is_due(make):
    intent = make()

    assert _get_maxima(intent) == {Action.CONFIRM: None, Action.CANCEL: None, Action.UPDATE: 9999}


def test_without_a_booking_nothing_limits_a_change(alice):
    [intent] = make_intents(alice)
    assert _get_maxima(intent)[Action.UPDATE] is None


def test_what_is_refused_has_no_maximum(paid, bob):
    refused = {one.action: one for one in list_available_actions(paid) if one.refusal}
    assert {one.maximum_amount for one in refused.values()} == {None}
    assert list(refused) == [Action.CONFIRM, Action.CAPTURE, Action.CANCEL, Action.UPDATE]
    assert _get_maxima(paid, bob) == {}


@pytest.mark.parametrize(
    ("price", "authorized", "maximum"), [(1, 9999, 1), (9999, 5000, 5000), (9999, 9999, 9999)]
)
def test_the_authorized_amount_is_captured_up_to_the_amount_due(make, price, authorized, maximum):
    intent = make({"amount": price}, status="requires_capture", amount_capturable=authorized)

    assert _get_maxima(intent)[Action.CAPTURE] == maximum
    check_capture(intent, maximum)
    with pytest.raises(PaymentError) as caught:
        check_capture(intent, maximum + 1)
    assert caught.value.code == "amount_too_large"
    assert (caught.value.path, caught.value.currency) == (("amount",), "USD")
    assert caught.value.maximum * 100 == maximum


def test_a_hold_without_a_booking_can_be_captured_in_full(alice):
    [intent] = make_intents(alice, status="requires_capture", amount_capturable=1000)

    assert _get_maxima(intent)[Action.CAPTURE] == 1000
    assert find_capture_refusal(intent) is None


def test_the_reason_why_not_everything_can_be_captured_is_given(make):
    held = make({"amount": 5000}, status="requires_capture", amount_capturable=9999)
    assert find_capture_refusal(held).code == "amount_too_large"
    assert find_capture_refusal(make(status="canceled")).current_status == "canceled"
