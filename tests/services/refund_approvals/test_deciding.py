"""A second person approves or rejects. See Note [A refund that needs approval]."""

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql.errors import (
    AmountError,
    InvalidStateError,
    OperationInProgressError,
    PaymentError,
    PermissionDeniedError,
    TransactionOpenError,
    ValidationError,
)
from payments_graphql.models import Operation, RefundRequest, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.refund_approvals import approve_refund, reject_refund
from tests.faulty_stripe import RESET_AFTER_EFFECT, faulty_stripe
from tests.threads import run_together

from .conftest import ask, refund


def test_a_second_person_approves_and_the_money_moves(paid, sue, fay, dashboard):
    request = ask(paid, None, sue, reason="duplicate", description="Twice", idempotency_key="key")

    made = approve_refund(request=request, user=fay)

    request.refresh_from_db()
    assert (request.state, request.refund, request.decided_by) == (
        "approved",
        made,
        f"user:{fay.pk}",
    )
    assert request.decided_at is not None
    assert (made.amount, made.status, made.reason, made.description) == (
        9999, "succeeded", "duplicate", "Twice",
    )  # fmt: skip
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [9999]
    operation = Operation.objects.get(refund=made)
    assert (operation.actor, operation.key) == (f"user:{sue.pk}", "key")
    assert not RefundRequest.objects.waiting().exists()


def test_approving_again_returns_the_same_refund(paid, sue, fay, dashboard):
    request = ask(paid, "60.00", sue)
    made = approve_refund(request=request, user=fay)
    assert approve_refund(request=request, user=fay) == made
    assert len(dashboard.v1.refunds.list().data) == 1


def test_nobody_approves_their_own_request(paid, fay, admin_user, sandbox):
    for person in (fay, admin_user):
        request = ask(paid, "60.00", person)
        with pytest.raises(PermissionDeniedError, match="a second person") as caught:
            approve_refund(request=request, user=person)
        assert caught.value.path == ("refundRequestId",)
        reject_refund(request=request, user=person)
    assert not sandbox.requests("POST", "/v1/refunds")


def test_nor_with_a_second_account(paid, sue, fay):
    fay.email = sue.email.upper()
    with pytest.raises(PermissionDeniedError):
        approve_refund(request=ask(paid, "60.00", sue), user=fay)


def test_nor_a_refund_that_they_receive(pay, sue, fay, sandbox):
    with pytest.raises(PermissionDeniedError):
        approve_refund(request=ask(pay(fay), "60.00", sue), user=fay)


def test_approving_takes_the_permission(paid, sue, alice, erin):
    request = ask(paid, "60.00", sue)
    for person in (alice, erin):
        with pytest.raises(PermissionDeniedError):
            approve_refund(request=request, user=person)
        with pytest.raises(PermissionDeniedError, match="to reject") as caught:
            reject_refund(request=request, user=person)
        assert caught.value.path == ("refundRequestId",)
    request.refresh_from_db()
    assert request.state == "waiting"


def test_rejecting_says_why_to_who_asked(paid, sue, fay, sandbox):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    done = reject_refund(request=request, user=fay, note="Ask for the invoice first.")

    assert (done.state, done.note, done.decided_by) == (
        "rejected", "Ask for the invoice first.", f"user:{fay.pk}",
    )  # fmt: skip
    with pytest.raises(
        InvalidStateError, match=r'"rejected"\. Ask for the invoice first'
    ) as caught:
        refund(paid, "60.00", sue, idempotency_key="key")
    error = caught.value
    assert (error.path, error.current_status) == (("refundRequestId",), "rejected")
    with pytest.raises(InvalidStateError):
        approve_refund(request=request, user=fay)
    assert (
        reject_refund(request=request, user=fay, note="Again").note == "Ask for the invoice first."
    )
    assert not sandbox.requests("POST", "/v1/refunds")


def test_who_asked_may_withdraw(paid, sue):
    assert reject_refund(request=ask(paid, "60.00", sue), user=sue).state == "withdrawn"
    assert ask(paid, "60.00", sue).state == "waiting", "and ask again"


@pytest.mark.parametrize("note", ["n" * 501, "a\x00b"])
def test_a_note_that_cannot_be_stored_is_refused(paid, sue, fay, note):
    request = ask(paid, "60.00", sue)
    with pytest.raises(ValidationError) as caught:
        reject_refund(request=request, user=fay, note=note)
    assert caught.value.path == ("note",)


def test_a_note_of_500_characters_is_kept(paid, sue, fay):
    done = reject_refund(request=ask(paid, "60.00", sue), user=fay, note="n" * 500)
    done.refresh_from_db()
    assert done.note == "n" * 500


def test_an_approved_refund_cannot_be_rejected(paid, sue, fay):
    request = ask(paid, "60.00", sue)
    approve_refund(request=request, user=fay)
    with pytest.raises(InvalidStateError) as caught:
        reject_refund(request=request, user=fay)
    assert caught.value.current_status == "approved"


def test_the_sites_own_code_rejects(paid, sue):
    done = reject_refund(request=ask(paid, "60.00", sue))
    assert (done.state, done.decided_by, done.note) == ("rejected", "system:site", "")
    assert done.decided_at is not None


@pytest.mark.parametrize("values", [{"livemode": True}, {"account": "acct_other"}])
def test_a_request_with_other_keys_is_not_decided(paid, sue, fay, values):
    request = ask(paid, "60.00", sue)
    RefundRequest.objects.update(**values)
    StripePaymentIntent.objects.update(**values)
    request.refresh_from_db()
    for decide in (approve_refund, reject_refund):
        with pytest.raises(InvalidStateError, match="different mode or Stripe account"):
            decide(request=request, user=fay)
    request.refresh_from_db()
    assert request.state == "waiting"


def test_nothing_is_approved_in_a_transaction(paid, sue, fay):
    request = ask(paid, "60.00", sue)
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        approve_refund(request=request, user=fay)
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        ask(paid, "39.99", sue, request_approval=True)
    assert RefundRequest.objects.get().state == "waiting"


def test_after_a_lost_answer_the_refund_is_finished_and_made_once(
    paid, sue, fay, sandbox, dashboard, settings
):
    request = ask(paid, "60.00", sue)
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.faults.append(RESET_AFTER_EFFECT)
        with pytest.raises(OperationInProgressError):
            approve_refund(request=request, user=fay)
    settings.STRIPE_API_BASE = sandbox.url
    request.refresh_from_db()
    assert (request.state, request.refund.status) == ("approved", "pending")

    Operation.objects.update(next_attempt_at=timezone.now(), lease_expires_at=timezone.now())
    reconcile()
    assert approve_refund(request=request, user=fay).status == "succeeded"
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [6000]


def test_if_stripe_refuses_the_request_says_so(paid, sue, fay, dashboard):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id, "amount": 9000})

    with pytest.raises(AmountError):
        approve_refund(request=request, user=fay)
    request.refresh_from_db()
    assert (request.state, request.refund) == ("failed", None)
    with pytest.raises(AmountError):
        refund(paid, "60.00", sue, idempotency_key="key")


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_approve_one_refund(paid, sue, fay, sam, dashboard):
    request = ask(paid, "60.00", sue)
    made = run_together(2, lambda number: approve_refund(request=request, user=(fay, sam)[number]))
    assert len({one.pk for one in made}) == 1
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [6000]


@pytest.mark.django_db(transaction=True)
def test_approving_and_rejecting_at_once_decides_once(paid, sue, fay, dashboard):
    request = ask(paid, "60.00", sue)

    def decide(number):
        try:
            if number:
                return reject_refund(request=request, user=fay).state
            return "approved" if approve_refund(request=request, user=fay) else ""
        except PaymentError:
            return ""

    decided = [state for state in run_together(2, decide) if state]
    request.refresh_from_db()
    assert decided == [request.state]
    assert len(dashboard.v1.refunds.list().data) == (request.state == "approved")
