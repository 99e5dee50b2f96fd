"""Charges a saved card again, after a payment did not succeed or was returned."""

import pytest
from django.db import transaction
from django.utils import timezone

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
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.services import saved_card_charging as charging
from tests.faulty_stripe import RESET_AFTER_EFFECT, faulty_stripe


@pytest.fixture
def card(alice, pay, sandbox):
    return pay(alice, "5.00", save_payment_method=True).payment_method


@pytest.fixture
def bad_card(alice, card, dashboard):
    """A card that is declined only when it is charged."""
    made = dashboard.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": card.customer.stripe_customer_id}
    )
    operations.sync("payment_method", made.id)
    return StripePaymentMethod.objects.get(stripe_payment_method_id=made.id)


@pytest.fixture
def begin(service, alice, sandbox):
    def begin(**values):
        created = service.create_payment_intent(user=alice, **values)
        assert created["success"], created
        return created["payment_intent"]

    return begin


@pytest.fixture
def cancel(service, begin):
    """A payment that was canceled before it was paid."""

    def cancel(**values):
        intent = begin(**values)
        assert service.cancel_payment_intent(intent)["success"]
        return intent

    return cancel


WITHOUT_BOOKING = {"amount": "12.00", "currency": "USD"}


def _charge(intent, card, **values):
    given = {
        "amount": charging.get_amount_to_charge(intent),
        "with_new_payment": charging.needs_new_payment(intent),
        "idempotency_key": "key",
    }
    return charging.charge_saved_card(
        payment_intent=intent, payment_method=card, **(given | values)
    )


def _refuse(intent, card, **values):
    with pytest.raises(InvalidStateError) as caught:
        _charge(intent, card, **values)
    return caught.value


def test_the_new_payment_is_like_the_one_before(cancel, card, booking, sam, dashboard, sandbox):
    before = cancel(booking=booking, description="Two nights", capture_method="manual")

    charged = _charge(before, card, user=sam)

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
    new = _charge(cancel(amount="3500", currency="JPY"), card).payment_intent

    assert (new.status, new.capture_method) == ("succeeded", "automatic")
    assert (new.amount_received, new.currency, new.booking) == (3500, "JPY", None)


def test_only_what_is_due_is_charged(cancel, pay, alice, booking, card):
    before = cancel(booking=booking)
    pay(alice, "60.00", booking=booking, partial=True)

    new = _charge(before, card).payment_intent

    assert (new.status, new.amount_received) == ("succeeded", 3999)
    assert booking.amount_due == 0


def test_no_more_than_before_is_charged(cancel, booking, card):
    before = cancel(booking=booking, amount="20.00", partial=True)

    assert _charge(before, card).payment_intent.amount_received == 2000
    assert booking.amount_due == 7999


def test_an_open_payment_keeps_its_amount(begin, booking):
    intent = begin(booking=booking)
    Booking.objects.update(amount=5000)
    intent.refresh_from_db()

    assert charging.get_amount_to_charge(intent) == 9999


def test_a_decline_of_the_new_payment_is_told_with_the_payment(cancel, bad_card, booking):
    charged = _charge(cancel(booking=booking), bad_card)

    assert isinstance(charged.refusal, CardError)
    assert charged.payment_intent.booking == booking
    assert charged.payment_intent.status == "requires_payment_method"
    assert charged.payment_intent.last_error["code"] == "card_declined"


def test_a_decline_of_an_open_payment_is_told_with_the_payment(begin, bad_card, booking):
    intent = begin(booking=booking)

    charged = _charge(intent, bad_card)

    assert isinstance(charged.refusal, CardError)
    assert charged.payment_intent == intent
    assert charged.payment_intent.last_error["code"] == "card_declined"


def test_after_a_lost_answer_the_new_payment_is_told(cancel, booking, card, sandbox, settings):
    before = cancel(booking=booking)
    with faulty_stripe(sandbox.url) as link:
        link.before_answer = lambda: link.faults.append(RESET_AFTER_EFFECT)  # after the creation
        settings.STRIPE_API_BASE = link.url
        settings.PAYMENTS_OPERATION_TIMEOUT = 0
        charged = _charge(before, card)

    assert isinstance(charged.refusal, OperationInProgressError)
    assert charged.payment_intent == StripePaymentIntent.objects.get(retry_of=before)


def test_after_a_lost_answer_an_open_payment_is_in_progress(begin, card, sandbox, settings):
    intent = begin(**WITHOUT_BOOKING)
    with faulty_stripe(sandbox.url) as link:
        link.faults.append(RESET_AFTER_EFFECT)
        settings.STRIPE_API_BASE = link.url
        settings.PAYMENTS_OPERATION_TIMEOUT = 0
        with pytest.raises(OperationInProgressError):
            _charge(intent, card)


def test_the_same_key_charges_once_although_the_booking_is_paid_now(cancel, booking, card, sam):
    before = cancel(booking=booking)
    shown = {"amount": 9999, "with_new_payment": True}
    made = _charge(before, card, user=sam, **shown)

    assert _charge(before, card, user=sam, **shown) == made
    refused = _refuse(before, card, user=None, **shown)  # the key of somebody else
    assert "already paid" in refused.message
    assert booking.amount_paid == 9999


@pytest.mark.parametrize("changed", [{"amount": 1199}, {"amount": 1201}])
def test_another_amount_than_was_shown_is_not_charged(cancel, card, changed):
    before = cancel(**WITHOUT_BOOKING)

    refused = _refuse(before, card, **changed)

    assert "changed in the meantime" in refused.message
    assert refused.current_status == "canceled"
    assert not before.retries.exists()


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
        _charge(intent, card)
    assert len(sandbox.requests()) == sent


def test_who_may_not_charge_is_told_first(begin, card, alice, sam):
    intent = begin(**WITHOUT_BOOKING)

    with pytest.raises(PermissionDeniedError, match="while the customer is away"):
        _charge(intent, card, user=alice)
    assert isinstance(charging.find_charge_refusal(intent, alice), PermissionDeniedError)
    assert charging.find_charge_refusal(intent, sam) is None
    assert charging.find_charge_refusal(intent) is None


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
    assert _charge(paid, card).payment_intent.amount_received == 1200


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
