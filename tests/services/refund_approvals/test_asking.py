"""Refunds that a second person must approve: when, and what is recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import (
    AmountError,
    ApprovalRequiredError,
    IdempotencyError,
    InvalidStateError,
    PaymentError,
)
from payments_graphql.models import Operation, RefundRequest, StripeRefund
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refund_approvals, refunds
from payments_graphql.services.refund_approvals import approve_refund, reject_refund
from tests.threads import run_together, wait_until_somebody_waits_for_a_row

from .conftest import ask, refund


def test_a_large_refund_waits_and_nothing_is_refunded(paid, sue, sandbox):
    request = ask(
        paid, "50.01", sue, reason="duplicate", description="Twice", reduces_amount_due=True
    )

    assert (request.state, request.amount, request.currency) == ("waiting", 5001, "USD")
    assert (request.reason, request.description) == ("duplicate", "Twice")
    assert (request.reduces_amount_due, request.only_overpaid) == (True, False)
    assert request.payment_intent == paid
    assert (request.actor, request.user) == (f"user:{sue.pk}", sue)
    assert list(RefundRequest.objects.ours().waiting()) == [request]
    assert not sandbox.requests("POST", "/v1/refunds")
    assert not StripeRefund.objects.exists()
    assert not Operation.objects.filter(kind="create_refund").exists()


def test_up_to_the_amount_no_second_person_is_needed(paid, sue):
    assert refund(paid, "50.00", sue).status == "succeeded"
    assert not RefundRequest.objects.exists()


def test_the_same_request_again_says_what_became_of_it(paid, sue, fay):
    first = ask(paid, "60.00", sue, idempotency_key="key")
    assert ask(paid, "60.00", sue, idempotency_key="key") == first
    with pytest.raises(IdempotencyError, match="different request") as caught:
        refund(paid, "61.00", sue, idempotency_key="key")
    assert caught.value.path == ("idempotencyKey",)

    made = approve_refund(request=first, user=fay)
    again, replayed = refunds.create_refund(
        payment_intent=paid, amount="60.00", user=sue, idempotency_key="key"
    )
    assert (again, replayed) == (made, True)


def test_a_request_is_not_made_beside_itself_when_the_rules_change(paid, sue, settings):
    """It waits, although the same refund would need no approval any more."""
    first = ask(paid, "60.00", sue, idempotency_key="key")
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {}
    assert ask(paid, "60.00", sue, idempotency_key="key") == first
    assert not StripeRefund.objects.exists()


def test_the_key_of_somebody_else_is_another_request(paid, sue, fay):
    first = ask(paid, "60.00", sue, idempotency_key="key")
    second = ask(paid, "20.00", fay, idempotency_key="key", request_approval=True)
    assert first != second
    RefundRequest.objects.update(livemode=True)
    third = ask(paid, "10.00", sue, idempotency_key="key", request_approval=True)
    assert third not in (first, second), "in the other mode"


def test_the_sites_own_code_asks_without_a_user(paid):
    request = ask(paid, "5.00", None, request_approval=True)
    assert (request.actor, request.user) == ("system:site", None)


def test_the_sites_own_code_needs_nobody(paid, sue):
    assert refund(paid, "60.00", None).status == "succeeded"
    assert approve_refund(request=ask(paid, "39.99", sue, request_approval=True)).amount == 3999


def test_customers_need_no_approval_for_their_own_payment(paid, alice):
    assert refund(paid, "99.99", alice).status == "succeeded"


@pytest.mark.parametrize(("currency", "waits"), [("EUR", True), ("JPY", False)])
def test_a_currency_that_is_not_listed_always_needs_approval(
    pay, alice, sue, currency, waits, sandbox
):
    paid = pay(alice, "600", currency)
    if waits:
        ask(paid, "1", sue)
    else:
        assert refund(paid, "600", sue).status == "succeeded"


def test_refunding_in_parts_does_not_avoid_the_approval(paid, sue, fay):
    refund(paid, "30.00", sue)
    request = ask(paid, "20.01", sue)
    assert refund(paid, "20.00", sue).status == "succeeded"
    assert refund(paid, "29.00", fay).status == "succeeded", "another person"
    approve_refund(request=request, user=fay)


def test_a_refund_above_the_limit_can_ask_for_approval(paid, sue, fay, settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {}
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "10.00/day"}}
    with pytest.raises(AmountError, match="ask for approval"):
        refund(paid, "20.00", sue, idempotency_key="key")
    request = ask(paid, "20.00", sue, idempotency_key="key", request_approval=True)
    assert approve_refund(request=request, user=fay).amount == 2000


def test_requests_reserve_nothing_but_do_not_exceed_what_is_left_together(
    paid, sue, fay, alice, pay
):
    request = ask(paid, "60.00", sue)
    assert paid.amount_refundable == 9999
    with pytest.raises(AmountError, match=r"At most 39.99 USD is left") as caught:
        refund(paid, "60.00", sue)
    error = caught.value
    assert (str(error.maximum), error.currency) == ("39.99", "USD")
    assert (error.code, error.path) == ("amount_too_large", ("amount",))
    other = ask(paid, "39.99", sue, request_approval=True)
    assert ask(pay(alice, "99.99"), "99.99", sue), "another payment"
    reject_refund(request=other, user=sue)

    refund(paid, "50.00", fay)
    with pytest.raises(AmountError, match=r"At most 0.00 USD is left") as caught:
        ask(paid, "1.00", sue, request_approval=True)
    assert caught.value.maximum == 0
    with pytest.raises(AmountError, match=r"At most 49.99 USD can be refunded"):
        approve_refund(request=request, user=fay)
    request.refresh_from_db()
    assert (request.state, request.refund, request.decided_by) == ("waiting", None, "")


def test_a_request_expires(paid, sue, fay, sandbox):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    RefundRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert not RefundRequest.objects.waiting().exists()
    for again in (
        lambda: approve_refund(request=request, user=fay),
        lambda: refund(paid, "60.00", sue, idempotency_key="key"),
    ):
        with pytest.raises(InvalidStateError, match="expired") as caught:
            again()
        assert (caught.value.current_status, caught.value.allowed) == ("expired", ("waiting",))
    assert reconcile().expired == 1
    request.refresh_from_db()
    assert request.state == "expired"
    assert ask(paid, "60.00", sue)


def test_a_signal_tells_of_a_new_request(paid, sue, heard):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    ask(paid, "60.00", sue, idempotency_key="key")
    assert heard == [request]


def test_what_cannot_be_refunded_is_not_asked_for(paid, service, alice, sue):
    unpaid = service.create_payment_intent(user=alice, amount=90, currency="USD")["payment_intent"]
    with pytest.raises(InvalidStateError):
        refund(unpaid, None, sue)
    with pytest.raises(AmountError, match=r"At most 99\.99 USD"):
        refund(paid, "100.00", sue)
    assert not RefundRequest.objects.exists()


def test_the_service_returns_results(paid, sue, fay, service):
    result = service.create_refund(paid, amount="60.00", user=sue)
    assert (result["success"], result["error_code"]) == (False, "approval_required")
    request = RefundRequest.objects.get()
    assert service.approve_refund(request, user=sue)["error_code"] == "permission_denied"
    assert service.approve_refund(request, user=fay)["refund"].amount == 6000
    other = ask(paid, "39.99", sue, request_approval=True)
    assert service.reject_refund(other, user=fay)["refund_request"].state == "rejected"


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_once_is_recorded_once(paid, sue):
    def try_to_refund(_):
        try:
            return refund(paid, "60.00", sue, idempotency_key="key")
        except ApprovalRequiredError as error:
            return error.refund_request_id

    assert len(set(run_together(3, try_to_refund))) == 1
    assert RefundRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_for_two_payments_at_once_is_refused_for_one(
    paid, pay, alice, sue, monkeypatch
):
    intents, record = (paid, pay(alice)), refund_approvals._record

    def record_when_the_other_waits(*given):
        recorded = record(*given)
        wait_until_somebody_waits_for_a_row()
        return recorded

    monkeypatch.setattr(refund_approvals, "_record", record_when_the_other_waits)

    def try_to_refund(number):
        with pytest.raises(PaymentError) as caught:
            refund(intents[number], "60.00", sue, idempotency_key="key")
        return str(caught.value.code)

    assert sorted(run_together(2, try_to_refund)) == ["approval_required", "idempotency_key_reused"]
    assert RefundRequest.objects.count() == 1
