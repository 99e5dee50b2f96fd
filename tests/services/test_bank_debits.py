"""A bank debit is processing for days, and then paid, failed or disputed."""

from datetime import timedelta

import pytest

from payments_graphql import signals
from payments_graphql.errors import InvalidStateError
from payments_graphql.models import Booking, StatusChange, StripeDispute, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes
from payments_graphql.services.card_testing import cancel_suspected, refuse_blocked
from tests.services.days import ACCEPTED, LATER, debit


@pytest.fixture
def booking(booking):
    booking.currency = "EUR"
    booking.save()
    return booking


@pytest.fixture
def begin(service, alice, booking, dashboard, events, deliver):
    """Alice's debit for her booking, whose webhooks have arrived."""

    def begin(method="pm_successDelayed_de"):
        intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
        debit(dashboard, intent, method)
        deliver(*events("payment_intent.processing"))
        reconcile()
        intent.refresh_from_db()
        return intent

    return begin


@pytest.fixture
def let_the_bank_answer(sandbox, events, deliver):
    def let_the_bank_answer(intent):
        sandbox.advance(LATER)
        deliver(*events())  # includes earlier ones, since Stripe repeats itself
        reconcile()
        intent.refresh_from_db()

    return let_the_bank_answer


@pytest.fixture
def failures():
    """The signals that the site's own receiver gets, to write to the customer."""
    told = []

    def receive(sender, **values):
        told.append(values)

    signals.payment_intent_failed.connect(receive)
    yield told
    signals.payment_intent_failed.disconnect(receive)


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


def test_a_processing_payment_is_not_paid_and_not_payable(begin, booking):
    intent = begin()

    assert (intent.status, intent.amount_received, intent.is_payable) == ("processing", 0, False)
    booking.refresh_from_db()
    assert booking.amount_due == 9999
    assert intent.payment_method.label == "SEPA Direct Debit •••• 3003"


def test_a_debit_that_succeeds_after_a_delay_pays_the_booking(begin, let_the_bank_answer, booking):
    intent = begin()
    let_the_bank_answer(intent)

    assert (intent.status, intent.amount_received) == ("succeeded", 9999)
    assert Booking.objects.get().amount_due == 0


def test_a_debit_that_fails_later_leaves_the_booking_due_with_an_error(
    begin, let_the_bank_answer, service, alice, booking, failures
):
    intent = begin("pm_failedDelayed_de")
    let_the_bank_answer(intent)

    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_error["message"] == "The payment failed."
    [told] = failures
    assert told["status_change"].payment_intent == intent
    assert told["status_change"].from_status == "processing"
    assert Booking.objects.get().amount_due == 9999
    again = service.create_payment_intent(user=alice, booking=booking)
    assert again["payment_intent"] == intent
    assert again["client_secret"]


def test_the_outcome_is_found_without_a_webhook(begin, sandbox):
    intent = begin()
    sandbox.advance(LATER)
    reconcile()

    intent.refresh_from_db()
    assert intent.status == "succeeded"


def test_a_processing_payment_is_never_canceled_as_abandoned(begin):
    intent = begin()
    StripePaymentIntent.objects.update(updated_at=intent.updated_at - timedelta(days=30))

    intent.refresh_from_db()
    assert intent.abandoned_at is None
    assert reconcile().canceled == 0


def test_a_second_payment_waits_for_the_bank(begin, service, alice, booking):
    begin()
    second = service.create_payment_intent(user=alice, booking=booking)

    assert not second["success"]
    assert "can take several days" in second["error"]


def test_a_repriced_bookings_debit_is_left_to_a_person(begin, service, booking):
    intent = begin()
    Booking.objects.update(amount=100)

    released = service.booking_changed(booking)

    assert (released["outcome"], released["payment_intent"]) == ("held", intent)


def test_a_disputed_debit_is_lost_and_the_booking_is_due_again(begin, let_the_bank_answer, sam):
    intent = begin("pm_disputed_de")
    let_the_bank_answer(intent)

    dispute = StripeDispute.objects.get()
    assert (intent.status, dispute.status) == ("succeeded", "lost")
    assert intent.amount_refundable == 0
    assert Booking.objects.get().amount_due == 9999
    with pytest.raises(InvalidStateError):
        disputes.submit_dispute_evidence(
            dispute=dispute, evidence={"uncategorized_text": "But they came."}, user=sam
        )


def test_a_debits_refund_is_pending_first(begin, let_the_bank_answer, service):
    intent = begin("pm_success_de")
    let_the_bank_answer(intent)

    refund = service.create_refund(intent, amount=10)["refund"]
    assert refund.status == "pending"
    let_the_bank_answer(intent)
    refund.refresh_from_db()
    assert refund.status == "succeeded"


def test_many_failed_debits_do_not_count_as_card_testing(
    service, alice, sandbox, dashboard, events, deliver, settings
):
    """For example a night's subscription charges to a company without money."""
    settings.PAYMENTS_FAILURES_PER_USER = "3/hour"
    for _ in range(4):
        created = service.create_payment_intent(user=alice, amount=20, currency="EUR")
        debit(dashboard, created["payment_intent"], "pm_failedDelayed_de")
    sandbox.advance(LATER)
    deliver(*events())
    reconcile()
    assert StatusChange.objects.exclude(failure_code="").count() == 4

    refuse_blocked(alice)
    assert cancel_suspected() == 0


def test_a_saved_account_is_debited_while_the_customer_is_away(
    service, alice, sandbox, dashboard, events, deliver
):
    setup = service.create_setup_intent(user=alice)["setup_intent"]
    dashboard.v1.setup_intents.confirm(
        setup.stripe_setup_intent_id, {"payment_method": "pm_success_de", "mandate_data": ACCEPTED}
    )
    deliver(*events())
    reconcile()
    [saved] = service.list_payment_methods(alice)
    assert (saved.type, saved.brand, saved.last4) == ("sepa_debit", "", "3000")

    created = service.create_payment_intent(user=alice, amount=20, currency="EUR")
    charged = service.confirm_payment_intent(
        created["payment_intent"], payment_method=saved, off_session=True
    )

    assert charged["success"], charged
    assert charged["payment_intent"].status == "processing"
    assert not charged["requires_action"]


def test_payments_wait_for_micro_deposits(service, alice, sandbox, dashboard, events, deliver):
    intent = service.create_payment_intent(user=alice, amount=20, currency="USD")["payment_intent"]
    debit(
        dashboard,
        intent,
        "pm_usBankAccount_success",
        payment_method_options={"us_bank_account": {"verification_method": "microdeposits"}},
    )
    deliver(*events("payment_intent.requires_action"))
    reconcile()

    intent.refresh_from_db()
    assert (intent.next_action_type, intent.next_action_expires_at) == (
        "verify_with_microdeposits",
        None,
    )
    assert intent.abandoned_at is None
