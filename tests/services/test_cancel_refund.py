"""Take back a refund that is still on its way."""

import pytest

from payments_graphql.errors import InvalidStateError, PermissionDeniedError
from payments_graphql.models import Operation, StatusChange
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds


@pytest.fixture
def pending(alice, booking, pay, sandbox):
    intent = pay(alice, None, None, booking=booking, method="pm_card_pendingRefund")
    return refunds.create_refund(payment_intent=intent)[0]


def test_a_pending_refund_is_taken_back(service, pending, booking, dashboard, sandbox):
    assert pending.payment_intent.amount_refundable == 0

    result = service.cancel_refund(pending)

    assert result["success"], result
    assert result["refund"].status == "canceled"
    assert dashboard.v1.refunds.retrieve(pending.stripe_refund_id).status == "canceled"
    assert pending.payment_intent.amount_refundable == 9999
    sandbox.advance(5)
    reconcile()
    pending.refresh_from_db()
    assert pending.status == "canceled"
    assert booking.amount_paid == 9999
    changes = StatusChange.objects.filter(refund=pending).values_list("from_status", "to_status")
    assert list(changes) == [("", "pending"), ("pending", "canceled")]


def test_its_amount_can_be_refunded_again(pending):
    refunds.cancel_refund(refund=pending)

    again, _ = refunds.create_refund(payment_intent=pending.payment_intent)
    assert (again.amount, again.status) == (9999, "pending")


def test_twice_is_refused(service, pending, sandbox):
    refunds.cancel_refund(refund=pending)

    with pytest.raises(InvalidStateError, match='"canceled" cannot be canceled') as caught:
        refunds.cancel_refund(refund=pending)

    assert caught.value.path == ("refundId",)
    assert caught.value.current_status == "canceled"
    assert caught.value.allowed == ("pending", "requires_action")
    assert service.cancel_refund(pending)["error_code"] == "invalid_state"
    assert len(sandbox.requests("POST", "/v1/refunds/*/cancel")) == 1


def test_a_settled_refund_is_not_canceled(alice, pay, sandbox):
    settled = refunds.create_refund(payment_intent=pay(alice))[0]

    with pytest.raises(InvalidStateError):
        refunds.cancel_refund(refund=settled)
    assert not sandbox.requests("POST", "/v1/refunds/*/cancel")


def test_one_that_settled_meanwhile_is_read_on_refusal(pending, booking, sandbox):
    sandbox.advance(2)  # its news has not come

    with pytest.raises(InvalidStateError, match="unsupported"):
        refunds.cancel_refund(refund=pending)

    pending.refresh_from_db()
    assert pending.status == "succeeded"
    assert booking.amount_due == 9999
    assert Operation.objects.get(kind="cancel_refund").state == "failed"


def test_only_staff_with_the_permission_cancel(pending, alice, bob, sam, sandbox):
    for person in (alice, bob):
        with pytest.raises(PermissionDeniedError):
            refunds.cancel_refund(refund=pending, user=person)
    assert not sandbox.requests("POST", "/v1/refunds/*/cancel")

    assert refunds.cancel_refund(refund=pending, user=sam).status == "canceled"


def test_one_canceled_in_the_dashboard_is_mirrored(pending, dashboard, events, deliver):
    dashboard.v1.refunds.cancel(pending.stripe_refund_id)
    deliver(*events("refund.updated"))
    reconcile()

    pending.refresh_from_db()
    assert pending.status == "canceled"
