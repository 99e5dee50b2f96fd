"""Which payments can be charged again, and which saved cards."""

import pytest
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.services import saved_card_charging as charging

from .conftest import WITHOUT_BOOKING, charge


@pytest.mark.parametrize(
    ("change", "reason", "status"),
    [
        ({"livemode": True}, "different mode or Stripe account", ""),
        ({"status": "processing"}, 'status "processing" cannot be charged', "processing"),
        ({"status": "requires_capture"}, "cannot be charged again", "requires_capture"),
    ],
)
def test_a_payment_that_cannot_be_charged_again(cancel, card, change, reason, status):
    intent = cancel(**WITHOUT_BOOKING)
    StripePaymentIntent.objects.filter(pk=intent.pk).update(**change)
    intent.refresh_from_db()

    refused = charging.find_charge_refusal(intent)

    assert reason in refused.message
    assert refused.current_status == status


def test_an_open_payment_that_its_customer_cannot_pay_is_not_charged(begin, booking, card):
    intent = begin(booking=booking)
    Booking.objects.update(canceled_at=timezone.now())
    intent.refresh_from_db()

    assert charging.find_charge_refusal(intent).current_status == "canceled"


def test_a_deleted_customer_is_not_charged(cancel, card):
    intent = cancel(**WITHOUT_BOOKING)
    StripeCustomer.objects.update(deleted_at=timezone.now())
    intent = StripePaymentIntent.objects.get(pk=intent.pk)

    refused = charging.find_charge_refusal(intent)

    assert "customer of this payment was deleted" in refused.message
    assert refused.current_status == "canceled"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"canceled_at": timezone.now()}, "The booking was canceled."),
        ({"currency": "EUR"}, "belongs to another customer or has another currency"),
        ({"amount": 0}, "The booking is already paid."),
        ({"amount": 1}, None),
    ],
)
def test_what_became_of_the_booking_decides(cancel, booking, card, change, reason):
    intent = cancel(booking=booking)
    Booking.objects.update(**change)
    intent.refresh_from_db()

    refused = charging.find_charge_refusal(intent)

    if reason is None:
        assert refused is None
    else:
        assert reason in refused.message
        assert refused.current_status == "canceled"


def test_a_payment_that_was_returned_is_charged_again(service, pay, alice, card):
    paid = pay(alice, "12.00")
    refused = charging.find_charge_refusal(paid)
    assert "already paid" in refused.message
    assert refused.current_status == "succeeded"

    assert service.create_refund(paid)["success"]
    paid.refresh_from_db()
    assert charge(paid, card).payment_intent.amount_received == 1200


def test_the_newest_copy_of_each_saved_card_can_be_chosen(cancel, card, alice, bob, pay):
    intent = cancel(**WITHOUT_BOOKING)
    pay(alice, "5.00", method="pm_card_mastercard")  # was not saved
    pay(bob, "5.00", save_payment_method=True)
    again = pay(alice, "5.00", save_payment_method=True).payment_method
    other = pay(alice, "5.00", method="pm_card_mastercard", save_payment_method=True).payment_method
    assert card.fingerprint == again.fingerprint

    assert charging.list_saved_cards(intent) == [other, again]


def test_saved_methods_without_a_fingerprint_are_all_offered(cancel, card):
    intent = cancel(**WITHOUT_BOOKING)
    made = [
        StripePaymentMethod.objects.create(
            customer=card.customer, stripe_payment_method_id=f"pm_{name}", type="link",
            is_attached=True,
        )
        for name in ("first", "second")
    ]  # fmt: skip

    assert charging.list_saved_cards(intent) == [*reversed(made), card]
