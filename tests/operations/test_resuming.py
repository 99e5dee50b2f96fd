"""What a later `payments_reconcile`, or the caller's retry, does with an open operation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError, OperationInProgressError
from payments_graphql.models import Operation, StripeRefund
from payments_graphql.operations import resume_due
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import payment_intents
from tests import faulty_stripe as faults

LOST = [faults.RESET, faults.RESET_AFTER_EFFECT]


def _operation(kind: str) -> Operation:
    return Operation.objects.get(kind=kind)


def _posts(stripe_link, path: str) -> list[str]:
    return [key for method, to, key in stripe_link.received if method == "POST" and path in to]


@pytest.fixture
def payable(service, alice, stripe_link):
    return service.create_payment_intent(user=alice, amount="99.99", currency="USD")[
        "payment_intent"
    ]


@pytest.mark.parametrize("fault", LOST)
def test_a_capture_is_sent_again(service, alice, pay, stripe_link, make_due, fault):
    held = pay(alice, capture_method="manual")
    stripe_link.faults.append(fault)
    assert service.capture_payment_intent(held, amount=40)["error_code"] == "operation_in_progress"

    make_due()
    reconcile()

    held.refresh_from_db()
    assert (held.status, held.amount_received) == ("succeeded", 4000)
    assert _operation("capture_payment_intent").state == "succeeded"
    assert len(set(_posts(stripe_link, "/capture"))) == 1


@pytest.mark.parametrize("fault", LOST)
def test_a_cancel_is_sent_again(service, payable, stripe_link, make_due, fault):
    stripe_link.faults.append(fault)
    service.cancel_payment_intent(payable)

    make_due()
    reconcile()

    payable.refresh_from_db()
    assert payable.status == "canceled"
    assert _operation("cancel_payment_intent").state == "succeeded"


@pytest.mark.parametrize("fault", LOST)
def test_a_refund_is_sent_again_with_the_same_key(
    service, alice, pay, stripe_link, make_due, dashboard, fault
):
    intent = pay(alice, "99.99")
    stripe_link.faults.append(fault)
    assert service.create_refund(intent, amount=60)["retryable"]
    assert intent.amount_refundable == 3999
    assert not service.create_refund(intent, amount=60)["success"]

    make_due()
    reconcile()

    assert StripeRefund.objects.get().status == "succeeded"
    assert [refund.amount for refund in dashboard.v1.refunds.list().data] == [6000]
    assert len(set(_posts(stripe_link, "/refunds"))) == 1


@pytest.mark.parametrize("fault", LOST)
def test_a_detach_and_a_default_are_sent_again(service, alice, pay, stripe_link, make_due, fault):
    card = pay(alice, save_payment_method=True).payment_method
    stripe_link.faults.append(fault)
    service.set_default_payment_method(card)
    make_due()
    resume_due()
    card.refresh_from_db()
    assert card.is_default

    stripe_link.faults.append(fault)
    service.detach_payment_method(card)
    make_due()
    resume_due()
    card.refresh_from_db()
    assert not card.is_attached


def test_a_confirm_that_was_done_is_found_by_reading(service, payable, stripe_link, make_due):
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    result = service.confirm_payment_intent(payable, payment_method="pm_card_visa")
    assert result["error_code"] == "operation_in_progress"

    make_due()
    resume_due()

    payable.refresh_from_db()
    assert payable.status == "succeeded"
    assert _operation("confirm_payment_intent").state == "succeeded"
    assert len(_posts(stripe_link, "/confirm")) == 1


@pytest.mark.parametrize("fault", [faults.RESET, faults.ERROR_500, faults.UNAUTHORIZED])
def test_a_confirm_is_resent_by_nobody_but_its_caller(
    service, payable, stripe_link, make_due, fault
):
    stripe_link.faults.append(fault)
    assert service.confirm_payment_intent(payable, payment_method="pm_card_visa")["retryable"]

    make_due(age=timedelta(minutes=2))
    reconcile()

    operation = _operation("confirm_payment_intent")
    assert (operation.state, operation.error["code"]) == ("failed", "abandoned")
    assert len(_posts(stripe_link, "/confirm")) == 1
    payable.refresh_from_db()
    assert payable.status == "requires_payment_method"
    # The customer is present and may request it again.
    assert service.confirm_payment_intent(payable, payment_method="pm_card_visa")["success"]


def test_a_confirm_that_may_be_in_progress_is_not_given_up_yet(
    service, payable, stripe_link, make_due
):
    stripe_link.faults.append(faults.RESET)
    service.confirm_payment_intent(payable, payment_method="pm_card_visa")

    make_due(age=timedelta(seconds=110))
    resume_due()

    assert _operation("confirm_payment_intent").state == "unknown"


def test_a_repeated_confirm_is_sent_by_its_new_caller(service, payable, stripe_link, make_due):
    stripe_link.faults.append(faults.ERROR_500)
    assert service.confirm_payment_intent(payable, payment_method="pm_card_visa")["retryable"]
    make_due(age=timedelta(minutes=3))

    result = service.confirm_payment_intent(payable, payment_method="pm_card_visa")

    assert result["success"], result
    assert result["payment_intent"].status == "succeeded"
    assert len(_posts(stripe_link, "/confirm")) == 2
    states = Operation.objects.filter(kind="confirm_payment_intent").values_list("state", flat=True)
    assert sorted(states) == ["failed", "succeeded"]


def test_another_move_waits_for_the_one_in_progress(service, payable, stripe_link, make_due):
    stripe_link.faults.append(faults.RESET)
    service.cancel_payment_intent(payable)
    Operation.objects.filter(kind="cancel_payment_intent").update(
        state="calling", lease_expires_at=timezone.now() + timedelta(minutes=2)
    )

    with pytest.raises(OperationInProgressError, match="cancel_payment_intent"):
        payment_intents.confirm_payment_intent(
            payment_intent=payable, payment_method="pm_card_visa"
        )
    assert not _posts(stripe_link, "/confirm")

    make_due()
    with pytest.raises(InvalidStateError) as caught:  # the cancel is finished first
        payment_intents.confirm_payment_intent(
            payment_intent=payable, payment_method="pm_card_visa"
        )
    assert caught.value.current_status == "canceled"


def test_the_same_move_again_joins_the_first(service, payable, stripe_link):
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    assert not service.cancel_payment_intent(payable)["success"]

    assert service.cancel_payment_intent(payable)["success"]

    assert Operation.objects.filter(kind="cancel_payment_intent").count() == 1
    assert len(set(_posts(stripe_link, "/cancel"))) == 1


def test_nothing_is_due_before_its_time(service, payable, stripe_link):
    stripe_link.faults.append(faults.RESET)
    service.cancel_payment_intent(payable)

    assert resume_due() == 0


def test_after_23_hours_nothing_is_sent_for_the_key_may_be_forgotten(
    service, alice, pay, stripe_link, make_due, dashboard
):
    intent = pay(alice)
    stripe_link.faults.append(faults.RESET)
    service.create_refund(intent, amount=60)

    make_due(age=timedelta(hours=23, minutes=1))
    resume_due()

    assert _operation("create_refund").state == "unknown"
    assert len(_posts(stripe_link, "/refunds")) == 1
    assert not dashboard.v1.refunds.list().data


def test_after_23_hours_what_was_done_is_still_found(service, alice, pay, stripe_link, make_due):
    intent = pay(alice)
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    service.create_refund(intent, amount=60)

    make_due(age=timedelta(days=20))
    resume_due()

    assert StripeRefund.objects.get().status == "succeeded"


def test_after_24_hours_a_person_decides_and_the_reservation_stays(
    service, alice, pay, stripe_link, make_due, caplog
):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500)
    service.create_refund(intent, amount=60, idempotency_key="refund-1")
    make_due(age=timedelta(hours=23, minutes=59))
    resume_due()
    assert _operation("create_refund").state == "unknown"

    make_due(age=timedelta(minutes=2))
    resume_due()

    assert _operation("create_refund").state == "needs_review"
    assert any("needs_review" in record.getMessage() for record in caplog.records)
    assert intent.amount_refundable == 3999
    again = service.create_refund(intent, amount=60, idempotency_key="refund-1")
    assert again["error_code"] == "operation_in_progress"
    make_due(age=timedelta(days=1))
    assert resume_due() == 0
    assert len(_posts(stripe_link, "/refunds")) == 1


def test_a_refused_reading_settles_nothing(service, alice, pay, stripe_link, make_due):
    intent = pay(alice)
    stripe_link.faults.append(faults.ERROR_500_AFTER_EFFECT)
    service.create_refund(intent, amount=60)
    stripe_link.also_reads = True
    stripe_link.faults.append(faults.REFUSED)
    make_due()
    resume_due()
    assert _operation("create_refund").state == "unknown"
    assert intent.amount_refundable == 3999

    make_due()
    resume_due()
    assert _operation("create_refund").state == "succeeded"
    assert StripeRefund.objects.get().status == "succeeded"


def test_a_key_that_stands_for_another_request_settles_nothing(
    service, alice, pay, stripe_link, make_due
):
    intent = pay(alice)
    stripe_link.faults.append(faults.RESET_AFTER_EFFECT)
    service.create_refund(intent, amount=60)
    stripe_link.faults.append(faults.OTHER_REQUEST)
    make_due()
    resume_due()
    assert _operation("create_refund").state == "unknown"
    assert intent.amount_refundable == 3999

    make_due()
    resume_due()
    assert _operation("create_refund").state == "succeeded"
    assert len(_posts(stripe_link, "/refunds")) == 2


def test_one_that_cannot_be_settled_does_not_block_others(
    service, alice, pay, stripe_link, make_due, monkeypatch
):
    first, second = pay(alice), pay(alice)
    stripe_link.faults.extend([faults.RESET, faults.RESET])
    service.create_refund(first)
    service.create_refund(second)
    broken = Operation.objects.filter(kind="create_refund").earliest("created_at")
    Operation.objects.filter(pk=broken.pk).update(refund=None, payment_intent=None, parameters={})

    make_due()
    resume_due()

    states = Operation.objects.filter(kind="create_refund").values_list("state", flat=True)
    assert "succeeded" in states
