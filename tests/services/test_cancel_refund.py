"""Cancels a refund that still waits for its customer."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import (
    InvalidStateError,
    OperationInProgressError,
    PermissionDeniedError,
)
from payments_graphql.models import Operation, StatusChange, StripeRefund
from payments_graphql.policy import Policy
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds


@pytest.fixture
def waiting(alice, booking, pay, sandbox):
    intent = pay(alice, None, None, booking=booking, method="pm_card_refundRequiresAction")
    return refunds.create_refund(payment_intent=intent)[0]


def test_a_refund_that_waits_for_its_customer_is_canceled(
    service, waiting, booking, dashboard, sandbox
):
    assert waiting.payment_intent.amount_refundable == 0

    result = service.cancel_refund(waiting)

    assert result["success"], result
    assert result["refund"].status == "canceled"
    assert dashboard.v1.refunds.retrieve(waiting.stripe_refund_id).status == "canceled"
    assert waiting.payment_intent.amount_refundable == 9999
    sandbox.advance(2 * 3600)
    reconcile()
    waiting.refresh_from_db()
    assert waiting.status == "canceled"
    assert booking.amount_paid == 9999
    changes = StatusChange.objects.filter(refund=waiting).values_list("from_status", "to_status")
    assert list(changes) == [("", "requires_action"), ("requires_action", "canceled")]


def test_its_amount_can_be_refunded_again(waiting):
    refunds.cancel_refund(refund=waiting)

    again, _ = refunds.create_refund(payment_intent=waiting.payment_intent)
    assert (again.amount, again.status) == (9999, "requires_action")


def test_twice_is_refused(service, waiting, sandbox):
    refunds.cancel_refund(refund=waiting)

    with pytest.raises(InvalidStateError, match='"canceled" cannot be canceled') as caught:
        refunds.cancel_refund(refund=waiting)

    assert caught.value.path == ("refundId",)
    assert caught.value.current_status == "canceled"
    assert caught.value.allowed == ("requires_action",)
    assert service.cancel_refund(waiting)["error_code"] == "invalid_state"
    assert len(sandbox.requests("POST", "/v1/refunds/*/cancel")) == 1


def test_a_settled_refund_is_not_canceled(alice, pay, sandbox):
    settled = refunds.create_refund(payment_intent=pay(alice))[0]

    with pytest.raises(InvalidStateError):
        refunds.cancel_refund(refund=settled)
    assert not sandbox.requests("POST", "/v1/refunds/*/cancel")


def test_a_refund_on_its_way_to_a_card_is_not_canceled(alice, pay, sandbox):
    intent = pay(alice, method="pm_card_pendingRefund")
    pending = refunds.create_refund(payment_intent=intent)[0]

    with pytest.raises(InvalidStateError) as caught:
        refunds.cancel_refund(refund=pending)

    assert (pending.status, caught.value.current_status) == ("pending", "pending")
    assert caught.value.allowed == ("requires_action",)
    assert not sandbox.requests("POST", "/v1/refunds/*/cancel")


def test_one_that_settled_meanwhile_is_read_on_refusal(waiting, booking, sandbox):
    sandbox.advance(3601)  # its event has not arrived

    with pytest.raises(InvalidStateError, match="unsupported"):
        refunds.cancel_refund(refund=waiting)

    waiting.refresh_from_db()
    assert waiting.status == "succeeded"
    assert booking.amount_due == 9999
    assert Operation.objects.get(kind="cancel_refund").state == "failed"


def test_only_staff_with_the_permission_cancel(waiting, alice, bob, sam, sandbox):
    for person in (alice, bob):
        with pytest.raises(PermissionDeniedError) as caught:
            refunds.cancel_refund(refund=waiting, user=person)
        assert caught.value.path == ("refundId",)
    assert not sandbox.requests("POST", "/v1/refunds/*/cancel")

    assert refunds.cancel_refund(refund=waiting, user=sam).status == "canceled"
    operation = Operation.objects.get(kind="cancel_refund")
    assert (operation.refund, operation.actor) == (waiting, f"user:{sam.pk}")


def test_it_is_canceled_only_once_by_concurrent_requests(waiting, sandbox, settings):
    """The first request has not been answered yet."""
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    refunds.cancel_refund(refund=waiting)
    StripeRefund.objects.update(status="requires_action")
    Operation.objects.filter(kind="cancel_refund").update(state="calling")

    with pytest.raises(OperationInProgressError):
        refunds.cancel_refund(refund=waiting)

    assert len(sandbox.requests("POST", "/v1/refunds/*/cancel")) == 1


@pytest.mark.parametrize("state", ["calling", "unknown"])
def test_another_operation_in_progress_does_not_prevent_it(alice, pay, waiting, state):
    """The cancellation of another refund, and the creation, of which the event told first."""
    other = pay(alice, method="pm_card_refundRequiresAction")
    refunds.cancel_refund(refund=refunds.create_refund(payment_intent=other)[0])
    Operation.objects.filter(kind__in=("cancel_refund", "create_refund")).update(
        state=state, lease_expires_at=timezone.now() + timedelta(minutes=1)
    )

    assert refunds.cancel_refund(refund=waiting).status == "canceled"


def test_a_cancellation_interrupted_by_an_upgrade_is_finished_by_the_same_request(waiting):
    """The stored hash of a request must not change with a release."""
    refunds.cancel_refund(refund=waiting)
    StripeRefund.objects.update(status="requires_action")
    text = json.dumps(["cancel_refund", {"refund": str(waiting.pk)}], separators=(",", ":"))
    Operation.objects.filter(kind="cancel_refund").update(
        state="calling",
        lease_expires_at=timezone.now(),
        input_hash=hashlib.sha256(text.encode()).hexdigest(),
    )

    assert refunds.cancel_refund(refund=waiting).status == "canceled"
    assert Operation.objects.get(kind="cancel_refund").state == "succeeded"


class OnlySmallOnes(Policy):
    def may_cancel_refund(self, person, refund):
        return refund.amount < 5000


@pytest.mark.parametrize(("amount", "is_allowed"), [(4999, True), (5000, False)])
def test_the_sites_policy_decides_by_the_refund(waiting, alice, settings, amount, is_allowed):
    settings.PAYMENTS_POLICY = f"{__name__}.OnlySmallOnes"
    waiting.amount = amount

    if is_allowed:
        assert refunds.cancel_refund(refund=waiting, user=alice).status == "canceled"
    else:
        with pytest.raises(PermissionDeniedError):
            refunds.cancel_refund(refund=waiting, user=alice)


def test_one_canceled_in_the_dashboard_is_mirrored(waiting, dashboard, events, deliver):
    dashboard.v1.refunds.cancel(waiting.stripe_refund_id)
    deliver(*events("refund.updated"))
    reconcile()

    waiting.refresh_from_db()
    assert waiting.status == "canceled"
