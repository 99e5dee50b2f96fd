"""A person decides, in one action, about operations that could not be settled in a day."""

import dataclasses
from datetime import timedelta

import pytest

from payments_graphql.errors import OperationInProgressError, PermissionDeniedError, ProviderError
from payments_graphql.models import Operation, StripePaymentIntent, StripeRefund
from payments_graphql.operations import kinds, resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import reviews
from tests import faulty_stripe as faults


@pytest.fixture
def left_open(service, alice, pay, stripe_link, make_due):
    """A refund of 60 whose answer was a 500, a day ago: `left_open(fault)`."""

    def left_open(fault: faults.Fault) -> Operation:
        intent = pay(alice)
        stripe_link.faults.append(fault)
        service.create_refund(intent, amount=60, idempotency_key="refund-1")
        stripe_link.also_reads = True
        stripe_link.always = faults.BAD_GATEWAY
        make_due(age=timedelta(hours=24, minutes=1))
        resume_due()
        stripe_link.always = None
        return Operation.objects.get(kind="create_refund")

    return left_open


def _refundable() -> int:
    return StripePaymentIntent.objects.get().amount_refundable


def test_the_finding_is_shown(service, alice, pay, stripe_link, make_due):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500)
    service.create_refund(intent, amount=60)

    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()

    operation = Operation.objects.get(kind="create_refund")
    assert operation.state == "needs_review"
    assert operation.finding == "Stripe lists no object with the id of this operation."


def test_one_that_was_done_is_settled_as_done(left_open, sam):
    operation = left_open(faults.ERROR_500_AFTER_EFFECT)
    assert operation.state == "needs_review"
    assert operation.finding.startswith("Stripe could not be read")
    assert _refundable() == 3999

    reviews.resolve_operation(operation=operation, user=sam)

    assert operation.state == "succeeded"
    assert StripeRefund.objects.get().status == "succeeded"
    assert _refundable() == 3999


def test_one_that_was_not_done_is_given_up_with_its_reservation(
    left_open, sam, service, stripe_link, dashboard
):
    operation = left_open(faults.ERROR_500)

    reviews.resolve_operation(operation=operation, user=sam)

    assert operation.state == "failed"
    assert operation.error["code"] == "abandoned"
    assert _refundable() == 9999
    assert not dashboard.v1.refunds.list().data
    intent = StripePaymentIntent.objects.get()
    again = service.create_refund(intent, amount=60, idempotency_key="refund-1")
    assert again["error_code"] == "abandoned"  # the same key gets the same answer
    assert not again["retryable"]
    assert service.create_refund(intent, amount=60, idempotency_key="refund-2")["success"]


def test_while_stripe_cannot_be_read_nothing_is_decided(left_open, sam, stripe_link):
    operation = left_open(faults.ERROR_500)
    stripe_link.faults.append(faults.RESET)

    with pytest.raises(ProviderError):
        reviews.resolve_operation(operation=operation, user=sam)

    operation.refresh_from_db()
    assert operation.state == "needs_review"
    assert _refundable() == 3999


def test_only_one_that_needs_a_person_is_resolved_and_once(left_open, sam):
    operation = left_open(faults.ERROR_500)
    reviews.resolve_operation(operation=operation, user=sam)

    with pytest.raises(OperationInProgressError):
        reviews.resolve_operation(operation=operation, user=sam)


def test_a_user_without_permission_is_refused(left_open, alice):
    operation = left_open(faults.ERROR_500)

    with pytest.raises(PermissionDeniedError):
        reviews.resolve_operation(operation=operation, user=alice)

    operation.refresh_from_db()
    assert operation.state == "needs_review"


def test_a_creation_is_given_up_and_the_same_key_tries_again(
    service, alice, stripe_link, make_due, dashboard
):
    def create():
        return service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key="key-1"
        )

    stripe_link.faults.append(faults.ERROR_500)
    assert create()["retryable"]
    make_due(age=timedelta(minutes=3))
    resume_due()
    assert Operation.objects.get(kind="create_payment_intent").error["code"] == "abandoned"

    assert create()["success"]
    assert len(dashboard.v1.payment_intents.list().data) == 1


def test_a_creation_that_appears_after_it_was_given_up_is_adopted(
    service, alice, sandbox, stripe_link, make_due
):
    with sandbox.faults.add("error_500_rolled_forward", path="/v1/payment_intents", delay=3600):
        service.create_payment_intent(
            user=alice, amount=10, currency="USD", idempotency_key="key-1"
        )
    make_due(age=timedelta(minutes=3))
    resume_due()
    operation = Operation.objects.get(kind="create_payment_intent")
    assert operation.state == "failed"
    assert not StripePaymentIntent.objects.exists()

    sandbox.advance(3600)
    reconcile()

    operation.refresh_from_db()
    assert operation.payment_intent == StripePaymentIntent.objects.get()
    assert operation.payment_intent.status == "requires_payment_method"


def test_one_whose_answer_cannot_be_applied_in_a_day_needs_a_person(
    service, alice, pay, stripe_link, make_due, monkeypatch
):
    intent = pay(alice)
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    service.create_refund(intent, amount=60)

    def fail(payload, source):
        raise ValueError("a refund of a shape that nobody knew")

    refund_kind = kinds.KINDS["create_refund"]
    broken = dataclasses.replace(refund_kind, apply=fail)
    monkeypatch.setitem(kinds.KINDS, "create_refund", broken)
    make_due()
    resume_due()
    assert Operation.objects.get(kind="create_refund").state == "calling"

    make_due(age=timedelta(hours=24, minutes=1))
    resume_due()

    operation = Operation.objects.get(kind="create_refund")
    assert operation.state == "needs_review"
    assert "could not be applied" in operation.finding
    monkeypatch.setitem(kinds.KINDS, "create_refund", refund_kind)
    reviews.resolve_operation(operation=operation)
    assert operation.state == "succeeded"


def test_one_that_was_never_sent_in_a_day_was_not_done(service, alice, pay, stripe_link, make_due):
    intent = pay(alice)
    stripe_link.faults.append(faults.UNAUTHORIZED)
    service.create_refund(intent, amount=60)
    assert Operation.objects.get(kind="create_refund").state == "pending"

    make_due(age=timedelta(hours=23, minutes=1))
    resume_due()

    assert Operation.objects.get(kind="create_refund").state == "failed"
    assert _refundable() == 9999


def test_nothing_of_the_other_mode_is_sent_with_the_keys_of_this_one(
    service, alice, pay, stripe_link, make_due, settings
):
    intent = pay(alice)
    stripe_link.faults.append(faults.RESET)
    service.create_refund(intent, amount=60)
    make_due()
    sent = len(stripe_link.received)
    settings.STRIPE_SECRET_KEY = "sk_live_ours"

    assert resume_due() == 0
    assert len(stripe_link.received) == sent
