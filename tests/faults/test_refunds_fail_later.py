"""A refund fails at Stripe after it was pending or had succeeded: by webhooks to a real server, or
by reconcile alone."""

import pytest

from payments_graphql.models import Booking, StatusChange, StripePaymentIntent, StripeRefund
from tests.faults import witness
from tests.faults.mutations import REFUND, global_id

pytestmark = pytest.mark.parametrize("has_webhooks", [True, False], ids=["webhooks", "reconcile"])


@pytest.fixture
def fail_later(scene, site, tokens, sandbox, events, assert_invariants):
    """Refunds a booking's payment, and lets the refund fail."""

    def fail_later(method, *, has_webhooks, fail):
        paid = scene.pay(scene.alice, None, None, booking=scene.booking, method=method)
        asked = {"idempotencyKey": "key-1", "paymentIntentId": global_id("PaymentIntent", paid)}
        payload = site.ask(REFUND.body(asked), tokens["alice"]).payload(REFUND)
        assert payload["errors"] == []
        paid.refresh_from_db()
        assert paid.amount_refundable == 0
        fail(payload["refund"]["stripeRefundId"])
        if has_webhooks:
            for event in reversed(events()):  # in the worst order
                assert site.deliver(event).status_code == 200
        assert_invariants()
        return payload

    return fail_later


def _assert_the_amount_is_back():
    refund, intent = StripeRefund.objects.get(), StripePaymentIntent.objects.get()
    assert refund.status == "failed"
    assert refund.failure_reason
    assert (intent.amount_refunded, intent.amount_refundable) == (0, 9999)
    booking = Booking.objects.get()
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)
    change = StatusChange.objects.get(refund=refund, to_status="failed")
    assert change.pk in witness.get_signaled()


def test_a_refund_that_succeeded_fails(fail_later, sandbox, site, tokens, events, has_webhooks):
    payload = fail_later(
        "pm_card_refundFail", has_webhooks=has_webhooks, fail=lambda _: sandbox.advance(2)
    )

    assert payload["refund"]["status"] == "SUCCEEDED"
    _assert_the_amount_is_back()
    _assert_it_can_be_refunded_again(site, tokens, payload)


def test_a_refund_that_was_pending_fails(fail_later, sandbox, site, tokens, has_webhooks):
    def fail(stripe_id):
        store = sandbox._running.store
        store.schedule("fail_refund", stripe_id, due=store.now())
        sandbox.advance(0)

    payload = fail_later("pm_card_pendingRefund", has_webhooks=has_webhooks, fail=fail)

    assert payload["refund"]["status"] == "PENDING"
    _assert_the_amount_is_back()
    _assert_it_can_be_refunded_again(site, tokens, payload)


def _assert_it_can_be_refunded_again(site, tokens, payload):
    """And the first key still returns the first refund in its current state."""
    paid = global_id("PaymentIntent", StripePaymentIntent.objects.get())
    asked = {"idempotencyKey": "key-1", "paymentIntentId": paid}
    first = site.ask(REFUND.body(asked), tokens["alice"]).payload(REFUND)
    assert (first["refund"]["id"], first["refund"]["status"]) == (payload["refund"]["id"], "FAILED")
    second = site.ask(REFUND.body(asked | {"idempotencyKey": "key-2"}), tokens["alice"])
    assert second.payload(REFUND)["errors"] == []
    assert StripePaymentIntent.objects.get().amount_refundable == 0
