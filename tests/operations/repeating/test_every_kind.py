"""Note [What may be repeated]: a lost answer does not block new requests."""

from datetime import timedelta

import pytest

from payments_graphql.errors import OperationInProgressError
from payments_graphql.models import Operation, StripeDispute, StripePaymentIntent
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes, payment_intents, payment_methods, refunds
from tests import faulty_stripe as faults
from tests.operations.repeating.looking import AFTER_THE_LEASE, get_operation

EVIDENCE = {"uncategorized_text": "They flew"}


@pytest.fixture
def prepare(service, alice, pay, stripe_link):
    """Prepares a kind of operation. Returns a function that requests it each time it is called."""

    def prepare(kind: str):
        match kind:
            case "capture_payment_intent":
                held = pay(alice, capture_method="manual")
                return lambda: payment_intents.capture_payment_intent(payment_intent=held)
            case "cancel_payment_intent":
                held = pay(alice, capture_method="manual")
                return lambda: payment_intents.cancel_payment_intent(payment_intent=held)
            case "update_payment_intent":
                made = service.create_payment_intent(user=alice, amount=10, currency="USD")
                intent = made["payment_intent"]
                return lambda: payment_intents.update_payment_intent(
                    payment_intent=intent, description="Two nights"
                )
            case "cancel_refund":
                intent = pay(alice, method="pm_card_refundRequiresAction")
                refund, _ = refunds.create_refund(payment_intent=intent)
                return lambda: refunds.cancel_refund(refund=refund)
            case "detach_payment_method" | "set_default_payment_method":
                card = pay(alice, save_payment_method=True).payment_method
                ask = getattr(payment_methods, kind)
                return lambda: ask(payment_method=card)
        pay(alice, method="pm_card_createDispute")
        reconcile()
        dispute = StripeDispute.objects.get()
        if kind == "accept_dispute":
            return lambda: disputes.accept_dispute(dispute=dispute)
        return lambda: disputes.submit_dispute_evidence(dispute=dispute, evidence=EVIDENCE)

    return prepare


KINDS = pytest.mark.parametrize(
    "kind",
    [
        "capture_payment_intent",
        "cancel_payment_intent",
        "update_payment_intent",
        "cancel_refund",
        "detach_payment_method",
        "set_default_payment_method",
        "accept_dispute",
        "submit_dispute_evidence",
    ],
)


@KINDS
def test_after_a_500_it_is_given_up_once_a_read_after_the_lease_shows_it_undone(
    prepare, stripe_link, make_due, kind
):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    make_due()
    resume_due()
    assert get_operation(kind).state == "unknown"  # the call may still be in progress at Stripe

    make_due(age=AFTER_THE_LEASE)
    resume_due()

    assert (get_operation(kind).state, get_operation(kind).error["code"]) == ("failed", "abandoned")
    ask()
    assert get_operation(kind).state == "succeeded"


@KINDS
def test_a_new_request_does_not_wait_for_reconcile(prepare, stripe_link, make_due, kind):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    make_due(age=AFTER_THE_LEASE)

    ask()

    states = Operation.objects.filter(kind=kind).values_list("state", flat=True)
    assert sorted(states) == ["failed", "succeeded"]


@KINDS
def test_an_operation_that_needs_review_does_not_block_a_new_request(
    prepare, stripe_link, make_due, kind
):
    ask = prepare(kind)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        ask()
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()
    stripe_link.always = None
    assert get_operation(kind).state == "needs_review"

    ask()

    assert get_operation(kind).state == "succeeded"


def test_a_creation_that_waits_for_a_person_does_not_lock_the_booking(
    service, alice, booking, stripe_link, make_due
):
    stripe_link.faults.append(faults.ERROR_500)
    assert service.create_payment_intent(user=alice, booking=booking)["retryable"]
    stripe_link.also_reads = True
    stripe_link.always = faults.BAD_GATEWAY
    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()
    stripe_link.always = None
    assert get_operation("create_payment_intent").state == "needs_review"

    created = service.create_payment_intent(user=alice, booking=booking)

    assert created["success"], created
    assert created["payment_intent"].booking == booking
    assert [one.pk for one in StripePaymentIntent.objects.all()] == [created["payment_intent"].pk]


def test_a_refund_is_never_repeated(service, alice, pay, stripe_link, make_due, dashboard):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500)
    service.create_refund(intent, amount=60)
    for age in (AFTER_THE_LEASE, timedelta(hours=25)):
        make_due(age=age)
        resume_due()
        assert intent.amount_refundable == 3999

    assert get_operation("create_refund").state == "needs_review"
    assert service.create_refund(intent, amount=60)["error_code"] == "amount_too_large"
    assert not dashboard.v1.refunds.list().data


def test_a_refund_that_went_out_settles_its_cancel_at_once(
    alice, pay, stripe_link, make_due, sandbox
):
    intent = pay(alice, method="pm_card_refundRequiresAction")
    refund, _ = refunds.create_refund(payment_intent=intent)
    stripe_link.faults.append(faults.ERROR_500)
    with pytest.raises(OperationInProgressError):
        refunds.cancel_refund(refund=refund)
    sandbox.advance(3601)

    make_due()
    resume_due()

    assert get_operation("cancel_refund").error["code"] == "invalid_state"
    refund.refresh_from_db()
    assert refund.status == "succeeded"
