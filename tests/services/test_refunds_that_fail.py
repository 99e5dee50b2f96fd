"""A refund can be pending, and can fail after it succeeded."""

import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError, PermissionDeniedError
from payments_graphql.models import StatusChange
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds
from payments_graphql.services.failed_refunds import settle_failed_refund


def _refund(intent, **values):
    return refunds.create_refund(payment_intent=intent, **values)[0]


def test_a_pending_refund_settles_later(alice, pay, sandbox):
    intent = pay(alice, method="pm_card_pendingRefund")
    refund = _refund(intent)
    assert refund.status == "pending"
    assert intent.amount_refundable == 0

    sandbox.advance(2)
    reconcile()

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    changes = StatusChange.objects.filter(refund=refund).values_list("from_status", "to_status")
    assert list(changes) == [("", "pending"), ("pending", "succeeded")]


def test_a_pending_refund_does_not_count_as_paid_back_yet(alice, booking, pay, sandbox):
    intent = pay(alice, None, None, booking=booking, method="pm_card_pendingRefund")
    _refund(intent)
    assert booking.amount_due == 0

    sandbox.advance(2)
    reconcile()

    assert booking.amount_due == 9999


def test_a_failed_refund_gives_its_amount_back(alice, pay, sandbox, dashboard):
    intent = pay(alice, "99.99", method="pm_card_refundFail")
    refund = _refund(intent, amount=60)
    assert (refund.status, intent.amount_refundable) == ("succeeded", 3999)

    sandbox.advance(2)
    reconcile()

    refund.refresh_from_db()
    assert refund.status == "failed"
    assert refund.failure_reason == "expired_or_canceled_card"
    assert (intent.amount_refunded, intent.amount_refundable) == (0, 9999)
    again = _refund(intent)
    assert again.amount == 9999
    at_stripe = dashboard.v1.refunds.retrieve(again.stripe_refund_id)
    assert at_stripe.status == "succeeded"


def test_the_failure_is_settled_by_webhooks_in_any_order(alice, pay, sandbox, events, deliver):
    refund = _refund(pay(alice, method="pm_card_refundFail"))
    sandbox.advance(2)

    deliver(*reversed(events()))
    reconcile()  # changes within one second are settled by reading

    refund.refresh_from_db()
    assert refund.status == "failed"


@pytest.fixture
def two_failed(alice, pay, sandbox):
    made = [_refund(pay(alice, method="pm_card_refundFail")) for _ in range(2)]
    sandbox.advance(2)
    reconcile()
    for refund in made:
        refund.refresh_from_db()
    return made


@pytest.fixture
def failed(two_failed):
    return two_failed[0]


def test_the_customer_got_the_money_in_another_way(two_failed, sam):
    failed, other = two_failed
    before = timezone.now()

    settled = settle_failed_refund(refund=failed, user=sam)

    assert before <= settled.failure_settled_at <= timezone.now()
    assert (settled, settled.status) == (failed, "failed")
    other.refresh_from_db()
    assert other.failure_settled_at is None


def test_it_is_said_once(failed):
    first = settle_failed_refund(refund=failed).failure_settled_at

    with pytest.raises(InvalidStateError, match="settled already") as caught:
        settle_failed_refund(refund=failed)
    assert caught.value.current_status == "failed"
    failed.refresh_from_db()
    assert failed.failure_settled_at == first


def test_only_a_failed_refund_is_settled(alice, pay, sandbox):
    refund = _refund(pay(alice))

    with pytest.raises(InvalidStateError, match="has not failed") as caught:
        settle_failed_refund(refund=refund)
    assert caught.value.current_status == "succeeded"
    refund.refresh_from_db()
    assert refund.failure_settled_at is None


def test_who_may_not_refund_the_payment_cannot_settle_it(failed, bob):
    with pytest.raises(PermissionDeniedError, match="not allowed to refund this payment"):
        settle_failed_refund(refund=failed, user=bob)
    failed.refresh_from_db()
    assert failed.failure_settled_at is None
