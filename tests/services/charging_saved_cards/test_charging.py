"""Charges a saved card again, after a payment did not succeed or was returned."""

import pytest
from django.db import transaction

from payments_graphql import operations
from payments_graphql.errors import (
    CardError,
    InvalidStateError,
    OperationInProgressError,
    PermissionDeniedError,
    TransactionOpenError,
)
from payments_graphql.models import (
    Booking,
    Operation,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.policy import Policy
from payments_graphql.services import saved_card_charging as charging
from tests.faulty_stripe import RESET_AFTER_EFFECT, faulty_stripe

from .conftest import WITHOUT_BOOKING, charge


@pytest.fixture
def bad_card(alice, card, dashboard):
    """A card that is declined only when it is charged."""
    made = dashboard.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": card.customer.stripe_customer_id}
    )
    operations.sync("payment_method", made.id)
    return StripePaymentMethod.objects.get(stripe_payment_method_id=made.id)


def _refuse(intent, card, **values):
    with pytest.raises(InvalidStateError) as caught:
        charge(intent, card, **values)
    return caught.value


def test_the_new_payment_is_like_the_one_before(cancel, card, booking, sam, dashboard, sandbox):
    before = cancel(booking=booking, description="Two nights", capture_method="manual")

    charged = charge(before, card, user=sam)

    new = charged.payment_intent
    assert charged.refusal is None
    assert new != before
    assert (new.status, new.capture_method) == ("requires_capture", "manual")
    assert (new.booking, new.retry_of, new.customer) == (booking, before, before.customer)
    assert (str(new.price), new.currency, new.description) == ("99.99", "USD", "Two nights")
    assert new.payment_method == card
    created = sandbox.requests("POST", "/v1/payment_intents")[-1].parameters
    assert created["payment_method"] == card.stripe_payment_method_id
    at_stripe = dashboard.v1.payment_intents.retrieve(new.stripe_payment_intent_id)
    assert (at_stripe.amount_capturable, at_stripe.description) == (9999, "Two nights")
    made = Operation.objects.filter(payment_intent=new).order_by("created_at")
    assert [(one.kind, one.actor, one.key) for one in made] == [
        ("create_payment_intent", f"user:{sam.pk}", "key:create"),
        ("confirm_payment_intent", f"user:{sam.pk}", "key:confirm"),
    ]


def test_a_payment_of_yen_without_a_booking_is_charged_again(cancel, card):
    new = charge(cancel(amount="3500", currency="JPY"), card).payment_intent

    assert (new.status, new.capture_method) == ("succeeded", "automatic")
    assert (new.amount_received, new.currency, new.booking) == (3500, "JPY", None)


def test_only_what_is_due_is_charged(cancel, pay, alice, booking, card):
    before = cancel(booking=booking)
    pay(alice, "60.00", booking=booking, partial=True)

    new = charge(before, card).payment_intent

    assert (new.status, new.amount_received) == ("succeeded", 3999)
    assert booking.amount_due == 0


def test_no_more_than_before_is_charged(cancel, booking, card):
    before = cancel(booking=booking, amount="20.00", partial=True)

    assert charge(before, card).payment_intent.amount_received == 2000
    assert booking.amount_due == 7999


def test_an_open_payment_keeps_its_amount(begin, booking):
    intent = begin(booking=booking)
    Booking.objects.update(amount=5000)
    intent.refresh_from_db()

    assert charging.get_amount_to_charge(intent) == 9999


def test_a_decline_of_the_new_payment_is_told_with_the_payment(cancel, bad_card, booking):
    charged = charge(cancel(booking=booking), bad_card)

    assert isinstance(charged.refusal, CardError)
    assert charged.payment_intent.booking == booking
    assert charged.payment_intent.status == "requires_payment_method"
    assert charged.payment_intent.last_error["code"] == "card_declined"


def test_a_decline_of_an_open_payment_is_told_with_the_payment(begin, bad_card, booking):
    intent = begin(booking=booking)

    charged = charge(intent, bad_card)

    assert isinstance(charged.refusal, CardError)
    assert charged.payment_intent == intent
    assert charged.payment_intent.last_error["code"] == "card_declined"


def test_after_a_lost_answer_the_new_payment_is_told(cancel, booking, card, sandbox, settings):
    before = cancel(booking=booking)
    with faulty_stripe(sandbox.url) as link:
        link.before_answer = lambda: link.faults.append(RESET_AFTER_EFFECT)  # after the creation
        settings.STRIPE_API_BASE = link.url
        settings.PAYMENTS_OPERATION_TIMEOUT = 0
        charged = charge(before, card)

    assert isinstance(charged.refusal, OperationInProgressError)
    assert charged.payment_intent == StripePaymentIntent.objects.get(retry_of=before)


def test_after_a_lost_answer_an_open_payment_is_in_progress(begin, card, sandbox, settings):
    intent = begin(**WITHOUT_BOOKING)
    with faulty_stripe(sandbox.url) as link:
        link.faults.append(RESET_AFTER_EFFECT)
        settings.STRIPE_API_BASE = link.url
        settings.PAYMENTS_OPERATION_TIMEOUT = 0
        with pytest.raises(OperationInProgressError):
            charge(intent, card)


def test_the_same_key_charges_once_although_the_booking_is_paid_now(cancel, booking, card, sam):
    before = cancel(booking=booking)
    shown = {"amount": 9999, "with_new_payment": True}
    made = charge(before, card, user=sam, **shown)

    assert charge(before, card, user=sam, **shown) == made
    assert booking.amount_paid == 9999


@pytest.mark.parametrize("changed", [{"amount": 1199}, {"amount": 1201}])
def test_another_amount_than_was_shown_is_not_charged(cancel, card, changed):
    before = cancel(**WITHOUT_BOOKING)

    refused = _refuse(before, card, **changed)

    assert "changed in the meantime" in refused.message
    assert refused.current_status == "canceled"
    assert not before.retries.exists()


def test_the_key_of_somebody_else_is_no_charge_of_ones_own(cancel, card, sam):
    charge(cancel(**WITHOUT_BOOKING), card, user=sam)
    before = cancel(**WITHOUT_BOOKING)

    assert "changed in the meantime" in _refuse(before, card, amount=1199).message
    assert charge(before, card).payment_intent.retry_of == before


def test_an_open_payment_is_not_charged_through_a_new_one(begin, card):
    intent = begin(**WITHOUT_BOOKING)

    refused = _refuse(intent, card, with_new_payment=True)

    assert "changed in the meantime" in refused.message
    assert refused.current_status == "requires_payment_method"


def test_another_open_payment_of_the_booking_comes_first(cancel, begin, booking, card):
    before, other = cancel(booking=booking), begin(booking=booking)

    refused = _refuse(before, card)

    assert "another open payment" in refused.message
    assert refused.current_status == "requires_payment_method"
    other.refresh_from_db()
    assert other.is_payable


def test_nothing_is_charged_in_a_transaction(begin, card, sandbox):
    intent = begin(**WITHOUT_BOOKING)
    sent = len(sandbox.requests())
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        charge(intent, card)
    assert len(sandbox.requests()) == sent


class OnlyTwelve(Policy):
    def may_charge_off_session(self, person, intent):
        return intent.amount == 1200


@pytest.mark.parametrize("policy", [Policy, OnlyTwelve])
def test_who_may_not_charge_is_told_before_a_payment_is_made(
    cancel, card, alice, sam, settings, policy
):
    settings.PAYMENTS_POLICY = f"{policy.__module__}.{policy.__name__}"
    allowed = cancel(**WITHOUT_BOOKING)
    refused = cancel(amount="13.00", currency="USD") if policy is OnlyTwelve else allowed

    with pytest.raises(PermissionDeniedError, match="while the customer is away"):
        charge(refused, card, user=alice)
    assert not refused.retries.exists()
    assert isinstance(charging.find_charge_refusal(refused, alice), PermissionDeniedError)
    assert charging.find_charge_refusal(refused) is None
    assert charging.find_charge_refusal(allowed, sam) is None
    assert charge(allowed, card, user=sam).payment_intent.status == "succeeded"
