"""A payment for a booking: the booking sets the price, and has one open payment at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import (
    AmountError,
    InvalidStateError,
    NotFoundError,
    ValidationError,
)
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.services import payment_intents


def _create(user, booking, **values):
    return payment_intents.create_payment_intent(user=user, booking=booking, **values)


def test_the_booking_names_amount_currency_and_description(alice, booking):
    intent = _create(alice, booking).payment_intent

    assert (intent.amount, intent.currency) == (9999, "USD")
    assert intent.description == "Lisbon"
    assert intent.booking == booking


def test_the_users_own_snippet_works(service, alice, booking):
    result = service.create_payment_intent(
        user=alice,
        amount=99.99,
        currency="USD",
        description="Travel booking payment",
        booking=booking,
    )

    assert result["success"], result
    assert result["payment_intent"].stripe_payment_intent_id.startswith("pi_")
    assert "_secret_" in result["client_secret"]


def test_another_amount_is_refused_and_says_what_is_due(alice, booking, sandbox):
    with pytest.raises(AmountError, match=r"99\.99 USD, the amount due") as caught:
        _create(alice, booking, amount="50.00")

    assert caught.value.code == "amount_mismatch"
    assert caught.value.path == ("amount",)
    assert (str(caught.value.maximum), caught.value.currency) == ("99.99", "USD")
    assert not sandbox.requests("POST", "/v1/payment_intents")


def test_a_part_may_be_paid_when_asked_for(alice, booking):
    intent = _create(alice, booking, amount="50.00", partial=True).payment_intent

    assert intent.amount == 5000


def test_a_part_is_never_more_than_what_is_due(alice, booking):
    with pytest.raises(AmountError, match=r"at most 99\.99 USD"):
        _create(alice, booking, amount="100.00", partial=True)


@pytest.mark.parametrize(
    ("price", "part", "maximum"),
    [
        (9999, "99.98", "99.49"),
        (9999, "99.50", "99.49"),
        (100, "0.60", "0.50"),
        (80, "0.50", "0.80"),
    ],
)
def test_a_part_that_leaves_an_unpayable_rest_is_refused_with_limits(
    alice, booking, sandbox, price, part, maximum
):
    Booking.objects.update(amount=price)
    with pytest.raises(AmountError, match="could not be paid") as caught:
        _create(alice, booking, amount=part, partial=True)

    assert (caught.value.path, str(caught.value.maximum)) == (("amount",), maximum)
    assert caught.value.currency == "USD"
    assert not sandbox.requests("POST", "/v1/payment_intents")
    # The part that it suggests is possible, and so is the rest.
    intent = _create(alice, booking, amount=maximum, partial=True).payment_intent
    assert price - intent.amount == 0 or price - intent.amount >= 50


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_rest_is_judged_by_its_own_currency(alice, booking, sandbox, currency):
    """The minimum for JPY is 50 yen. Stripe publishes none for KWD."""
    Booking.objects.update(amount=10_000, currency=currency)
    booking.refresh_from_db()
    part = {"JPY": 9_951, "KWD": "9.990"}[currency]
    if currency == "KWD":
        assert _create(alice, booking, amount=part, partial=True).payment_intent.amount == 9_990
    else:
        with pytest.raises(AmountError, match="9950 JPY"):
            _create(alice, booking, amount=part, partial=True)


def test_an_amount_is_in_the_bookings_current_currency(alice, booking, sandbox):
    """The site's code may hold a booking whose currency has since been changed."""
    Booking.objects.update(amount=10_000, currency="JPY")
    assert booking.currency == "USD"

    intent = _create(alice, booking, amount=5_000, partial=True).payment_intent
    assert (intent.amount, intent.currency) == (5_000, "JPY")


def test_the_rest_is_due_after_a_part_was_paid(alice, booking, pay):
    pay(alice, "50.00", booking=booking, partial=True)

    assert booking.amount_due == 4999
    assert _create(alice, booking).payment_intent.amount == 4999


def test_another_currency_is_refused(alice, booking):
    with pytest.raises(ValidationError, match="must be USD") as caught:
        _create(alice, booking, currency="EUR")

    assert (caught.value.path, caught.value.code) == (("currency",), "amount_mismatch")


def test_a_booking_with_a_bad_price_is_named(alice, booking):
    Booking.objects.update(amount=-1)
    booking.refresh_from_db()
    with pytest.raises(ValidationError, match="until its price is corrected") as caught:
        _create(alice, booking)

    assert (caught.value.path, caught.value.code) == (("bookingId",), "amount_invalid")


def test_another_saved_card_is_another_payment(alice, booking, pay):
    cards = [
        pay(alice, "10", method=method, save_payment_method=True).payment_method
        for method in ("pm_card_visa", "pm_card_mastercard")
    ]
    first, second = (_create(alice, booking, payment_method=card).payment_intent for card in cards)

    assert (first.payment_method, second.payment_method) == tuple(cards)
    first.refresh_from_db()
    assert first.status == "canceled"
    assert _create(alice, booking, payment_method=cards[1]).payment_intent == second


def test_another_users_booking_does_not_exist(bob, booking, sandbox):
    with pytest.raises(NotFoundError, match="no such booking") as caught:
        _create(bob, booking)

    assert caught.value.path == ("bookingId",)
    assert not sandbox.requests("POST", "/v1/payment_intents")


def test_a_booking_that_was_never_saved_does_not_exist(alice):
    unsaved = Booking(reference="X", user=alice, amount=1000, currency="USD")

    with pytest.raises(NotFoundError):
        _create(alice, unsaved)


def test_a_paid_booking_is_refused(alice, booking, pay):
    pay(alice, None, None, booking=booking)

    with pytest.raises(InvalidStateError, match="already paid") as caught:
        _create(alice, booking)
    assert caught.value.current_status == "paid"


def test_a_refunded_booking_can_be_paid_again(service, alice, booking, pay):
    intent = pay(alice, None, None, booking=booking)
    assert service.create_refund(intent)["success"]

    assert _create(alice, booking).payment_intent.amount == 9999


def test_a_canceled_booking_is_refused(alice, booking, sandbox):
    Booking.objects.update(canceled_at=timezone.now())

    with pytest.raises(InvalidStateError, match="canceled") as caught:
        _create(alice, booking)
    assert (caught.value.path, caught.value.current_status) == (("bookingId",), "canceled")
    assert not sandbox.requests("POST", "/v1/payment_intents")


def test_a_booking_canceled_since_cannot_be_confirmed(service, alice, booking, sandbox):
    intent = _create(alice, booking).payment_intent
    Booking.objects.update(canceled_at=timezone.now())

    result = service.confirm_payment_intent(intent, payment_method="pm_card_visa")

    assert result["error_code"] == "invalid_state"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")


def test_the_open_payment_comes_back(alice, booking, sandbox):
    first = _create(alice, booking)
    yesterday = timezone.now() - timedelta(days=1)
    StripePaymentIntent.objects.update(updated_at=yesterday)
    second = _create(alice, booking, idempotency_key="another key")

    assert second.payment_intent.updated_at > yesterday + timedelta(hours=23)
    assert second.payment_intent == first.payment_intent
    assert second.client_secret == first.client_secret
    assert second.replayed
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


def test_another_amount_cancels_the_open_payment_first(alice, booking, dashboard):
    first = _create(alice, booking).payment_intent
    second = _create(alice, booking, amount=50, partial=True).payment_intent

    first.refresh_from_db()
    assert first.status == "canceled"
    at_stripe = dashboard.v1.payment_intents.retrieve(first.stripe_payment_intent_id)
    assert at_stripe.status == "canceled"
    assert (second.amount, second.status) == (5000, "requires_payment_method")


@pytest.mark.parametrize("amount", [None, 50])
def test_no_payment_is_created_while_an_authorization_is_held(service, alice, booking, pay, amount):
    held = pay(alice, None, None, booking=booking, capture_method="manual")
    assert held.status == "requires_capture"

    with pytest.raises(InvalidStateError, match="requires capture") as caught:
        _create(alice, booking, amount=amount, partial=True)

    assert caught.value.current_status == "requires_capture"
    assert caught.value.path == ("bookingId",)
    assert StripePaymentIntent.objects.count() == 1


def test_a_payment_paid_in_the_browser_meanwhile_is_not_paid_twice(alice, booking, dashboard):
    first = _create(alice, booking).payment_intent
    dashboard.v1.payment_intents.confirm(
        first.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    # Another amount would cancel the first payment, which only Stripe knows is paid.
    with pytest.raises(InvalidStateError) as caught:
        _create(alice, booking, amount=50, partial=True)

    assert caught.value.current_status == "paid"
    first.refresh_from_db()
    assert first.status == "succeeded"
    assert StripePaymentIntent.objects.count() == 1


def test_a_payment_of_test_mode_pays_nothing_in_live_mode(alice, pay, booking, settings):
    pay(alice, None, None, booking=booking)
    assert booking.amount_due == 0

    settings.STRIPE_SECRET_KEY = "sk_live_ours"
    assert booking.amount_paid == 0
    assert booking.amount_due == booking.amount


def test_a_key_answered_with_the_open_payment_is_used_up(service, alice, bob, booking, dashboard):
    def create(key, **values):
        return service.create_payment_intent(
            user=alice, booking=booking, idempotency_key=key, **values
        )

    first = create("key-1", amount=50, partial=True)["payment_intent"]
    assert create("key-2", amount=50, partial=True)["payment_intent"] == first
    assert create("key-2", amount=60, partial=True)["error_code"] == "idempotency_key_reused"
    assert service.confirm_payment_intent(first, payment_method="pm_card_visa")["success"]

    again = create("key-2", amount=50, partial=True)

    assert again["success"], again
    assert again["replayed"]
    assert again["payment_intent"] == first
    assert len(dashboard.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize(
    "values", [{"save_payment_method": True}, {"capture_method": "manual"}], ids=str
)
def test_requested_options_of_the_payment_are_not_dropped(alice, booking, values):
    first = _create(alice, booking).payment_intent

    second = _create(alice, booking, **values).payment_intent

    first.refresh_from_db()
    assert first.status == "canceled"
    assert second.setup_future_usage == ("off_session" if "save_payment_method" in values else "")
    assert second.capture_method == values.get("capture_method", "automatic")
    assert _create(alice, booking, **values).payment_intent == second


def test_an_open_payment_of_the_same_number_in_another_currency_is_not_the_same(
    service, alice, booking, sandbox
):
    dollars = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    Booking.objects.update(currency="JPY")
    booking.refresh_from_db()

    yen = service.create_payment_intent(user=alice, booking=booking)

    assert yen["success"], yen
    assert (yen["payment_intent"].amount, yen["payment_intent"].currency) == (9999, "JPY")
    dollars.refresh_from_db()
    assert dollars.status == "canceled"
