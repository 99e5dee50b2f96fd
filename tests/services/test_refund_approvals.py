"""Refunds that a second person must approve. See Note [A refund that needs approval]."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql import signals
from payments_graphql.errors import (
    AmountError,
    ApprovalRequiredError,
    IdempotencyError,
    InvalidStateError,
    OperationInProgressError,
    PaymentError,
    PermissionDeniedError,
    ValidationError,
)
from payments_graphql.models import Booking, Operation, RefundRequest, StripeRefund
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds
from payments_graphql.services.overpayments import refund_overpayment
from payments_graphql.services.refund_approvals import approve_refund, reject_refund
from tests.faulty_stripe import RESET_AFTER_EFFECT, faulty_stripe
from tests.threads import run_together


@pytest.fixture(autouse=True)
def approval(settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "50.00", "JPY": "unlimited"}
    return settings


@pytest.fixture
def paid(alice, pay, sandbox):
    return pay(alice, "99.99")


def refund(intent, amount, user, **values):
    return refunds.create_refund(payment_intent=intent, amount=amount, user=user, **values)[0]


def ask(intent, amount, user, **values) -> RefundRequest:
    with pytest.raises(ApprovalRequiredError) as caught:
        refund(intent, amount, user, **values)
    return RefundRequest.objects.get(pk=caught.value.refund_request_id)


def test_a_large_refund_waits_and_nothing_is_refunded(paid, sue, sandbox):
    request = ask(paid, "50.01", sue, reason="duplicate", description="Twice")

    assert (request.state, request.amount, request.currency) == ("waiting", 5001, "USD")
    assert (request.reason, request.description) == ("duplicate", "Twice")
    assert (request.actor, request.user) == (f"user:{sue.pk}", sue)
    assert list(RefundRequest.objects.ours().waiting()) == [request]
    assert not sandbox.requests("POST", "/v1/refunds")
    assert not StripeRefund.objects.exists()
    assert not Operation.objects.filter(kind="create_refund").exists()


def test_up_to_the_amount_no_second_person_is_needed(paid, sue):
    assert refund(paid, "50.00", sue).status == "succeeded"
    assert not RefundRequest.objects.exists()


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


def test_the_same_request_again_says_what_became_of_it(paid, sue, fay):
    first = ask(paid, "60.00", sue, idempotency_key="key")
    assert ask(paid, "60.00", sue, idempotency_key="key") == first
    with pytest.raises(IdempotencyError):
        refund(paid, "61.00", sue, idempotency_key="key")

    made = approve_refund(request=first, user=fay)
    again, replayed = refunds.create_refund(
        payment_intent=paid, amount="60.00", user=sue, idempotency_key="key"
    )
    assert (again, replayed) == (made, True)


def test_approving_again_returns_the_same_refund(paid, sue, fay, dashboard):
    request = ask(paid, "60.00", sue)
    made = approve_refund(request=request, user=fay)
    assert approve_refund(request=request, user=fay) == made
    assert len(dashboard.v1.refunds.list().data) == 1


def test_nobody_approves_their_own_request(paid, fay, admin_user, sandbox):
    for person in (fay, admin_user):
        request = ask(paid, "60.00", person)
        with pytest.raises(PermissionDeniedError, match="a second person"):
            approve_refund(request=request, user=person)
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
        with pytest.raises(PermissionDeniedError):
            reject_refund(request=request, user=person)
    assert request.state == "waiting"


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


def test_rejecting_says_why_to_who_asked(paid, sue, fay, sandbox):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    done = reject_refund(request=request, user=fay, note="Ask for the invoice first.")

    assert (done.state, done.note, done.decided_by) == (
        "rejected", "Ask for the invoice first.", f"user:{fay.pk}",
    )  # fmt: skip
    with pytest.raises(InvalidStateError, match="Ask for the invoice first") as caught:
        refund(paid, "60.00", sue, idempotency_key="key")
    assert caught.value.current_status == "rejected"
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


def test_an_approved_refund_cannot_be_rejected(paid, sue, fay):
    request = ask(paid, "60.00", sue)
    approve_refund(request=request, user=fay)
    with pytest.raises(InvalidStateError):
        reject_refund(request=request, user=fay)


def test_requests_reserve_nothing_but_do_not_exceed_what_is_left_together(paid, sue, fay):
    request = ask(paid, "60.00", sue)
    assert paid.amount_refundable == 9999
    with pytest.raises(AmountError, match=r"At most 39.99 USD is left") as caught:
        refund(paid, "60.00", sue)
    assert str(caught.value.maximum) == "39.99"
    assert ask(paid, "39.99", sue, request_approval=True)

    refund(paid, "50.00", fay)
    with pytest.raises(AmountError, match=r"At most 49.99 USD can be refunded"):
        approve_refund(request=request, user=fay)
    request.refresh_from_db()
    assert (request.state, request.refund, request.decided_by) == ("waiting", None, "")


def test_a_request_expires(paid, sue, fay, sandbox):
    request = ask(paid, "60.00", sue, idempotency_key="key")
    RefundRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert not RefundRequest.objects.waiting().exists()
    with pytest.raises(InvalidStateError, match="expired"):
        approve_refund(request=request, user=fay)
    with pytest.raises(InvalidStateError, match="expired"):
        refund(paid, "60.00", sue, idempotency_key="key")
    assert reconcile().expired == 1
    request.refresh_from_db()
    assert request.state == "expired"
    assert ask(paid, "60.00", sue)


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


def test_an_approved_overpayment_is_counted_again(pay, alice, booking, sue, fay, sandbox):
    pay(alice, None, None, booking=booking)
    Booking.objects.filter(pk=booking.pk).update(amount=2999)
    with pytest.raises(ApprovalRequiredError):
        refund_overpayment(booking=booking, user=sue)
    with pytest.raises(ApprovalRequiredError):
        refund_overpayment(booking=booking, user=sue)
    request = RefundRequest.objects.get()
    assert (request.amount, request.only_overpaid) == (7000, True)

    Booking.objects.filter(pk=booking.pk).update(amount=3999)
    assert approve_refund(request=request, user=fay).amount == 6000


def test_nothing_is_refunded_if_nothing_is_overpaid_anymore(pay, alice, booking, sue, fay, sandbox):
    pay(alice, None, None, booking=booking)
    Booking.objects.filter(pk=booking.pk).update(amount=2999)
    with pytest.raises(ApprovalRequiredError):
        refund_overpayment(booking=booking, user=sue)
    Booking.objects.filter(pk=booking.pk).update(amount=9999)
    with pytest.raises(InvalidStateError, match="Nothing is overpaid"):
        approve_refund(request=RefundRequest.objects.get(), user=fay)
    assert not sandbox.requests("POST", "/v1/refunds")


def test_a_signal_tells_of_a_new_request(paid, sue):
    heard = []

    def hear(refund_request, **_):
        heard.append(refund_request)

    signals.refund_approval_requested.connect(hear)
    try:
        request = ask(paid, "60.00", sue, idempotency_key="key")
        ask(paid, "60.00", sue, idempotency_key="key")
    finally:
        signals.refund_approval_requested.disconnect(hear)
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
def test_two_people_at_once_approve_one_refund(paid, sue, fay, sam, dashboard):
    request = ask(paid, "60.00", sue)
    made = run_together(2, lambda number: approve_refund(request=request, user=(fay, sam)[number]))
    assert len({one.pk for one in made}) == 1
    assert [one.amount for one in dashboard.v1.refunds.list().data] == [6000]


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
