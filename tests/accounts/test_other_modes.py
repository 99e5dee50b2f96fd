"""Rows of the other mode, or of another account's keys, look as if they did not exist."""

import re
from pathlib import Path

import pytest

import payments_graphql
from payments_graphql import signals
from payments_graphql.errors import InvalidStateError
from payments_graphql.mirror import send_missed_signals
from payments_graphql.models import (
    EventState,
    Operation,
    OperationState,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.operations import resolve, resume_due
from payments_graphql.problems import get_kind
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import disputes
from payments_graphql.services.available_actions import Action, find_refusal
from payments_graphql.services.card_testing import cancel_suspected
from payments_graphql.services.failed_attempts import get_failed_attempts
from payments_graphql.webhooks import inbox, replaying

RULE = re.compile(
    r"livemode=conf\.livemode|[=!]= conf\.livemode|conf\.livemode [=!]=|conf\.PAYMENTS_ACCOUNT"
)
DECIDES = {
    "checks/keys.py": "compares the mode of the two keys",
    "diagnosis/accounts.py": "speaks of the setting",
    "mirror/customers.py": "says whose fault a missing customer is",
    "models/ours.py": "decides",
    "models/stripe_account.py": "decides",
    "models/webhook_event.py": "gives their account to events that came before it was known",
    "prometheus/gauges.py": "shows the mode, and reads by hand-written SQL",
    "schema/types/payments_config.py": "shows the mode",
    "templatetags/payments_mode.py": "shows the mode",
    "webhooks/storing.py": "stores what it ignores",
}


def test_the_same_key_pays_again_after_going_live(service, alice, pay, leave_behind, sandbox):
    before = pay(alice, idempotency_key="order-7")
    leave_behind()

    after = service.create_payment_intent(
        user=alice, amount="99.99", currency="USD", idempotency_key="order-7"
    )

    assert after["success"], after
    assert after["replayed"] is False
    assert after["payment_intent"] != before
    assert after["payment_intent"].status == "requires_payment_method"
    assert after["client_secret"]
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 2


def test_the_same_key_refunds_and_saves_a_card_again(service, alice, pay, leave_behind):
    refunded = service.create_refund(pay(alice), amount=5, idempotency_key="refund-7")["refund"]
    setup = service.create_setup_intent(user=alice, idempotency_key="setup-7")["setup_intent"]
    leave_behind()

    second = service.create_refund(pay(alice), amount=5, idempotency_key="refund-7")
    again = service.create_setup_intent(user=alice, idempotency_key="setup-7")

    assert (second["replayed"], again["replayed"]) == (False, False)
    assert second["refund"] != refunded
    assert again["setup_intent"] != setup


def test_keys_of_the_one_mode_still_stand_for_what_they_paid(service, alice, pay, leave_behind):
    before = pay(alice, idempotency_key="order-7")
    leave_behind()
    pay(alice, idempotency_key="order-7")

    row = Operation.objects.ours().get(key="order-7")
    assert row.payment_intent != before
    assert Operation.objects.filter(key="order-7").count() == 2


def test_the_user_gets_another_customer(service, alice, pay, leave_behind):
    before = pay(alice).customer
    leave_behind()

    after = service.get_or_create_customer(alice)["customer"]

    assert after != before
    assert (after.generation, StripeCustomer.objects.count()) == (1, 2)
    before.refresh_from_db()
    assert before.deleted_at is None


def test_a_booking_is_not_paid_by_it(service, alice, booking, pay, leave_behind):
    pay(alice, None, None, booking=booking)
    leave_behind()

    assert (booking.amount_paid, booking.amount_due, booking.amount_overpaid) == (0, 9999, 0)
    assert service.create_payment_intent(user=alice, booking=booking)["success"]


def test_saved_cards_and_payments_are_not_listed(service, alice, pay, leave_behind):
    intent = pay(alice, save_payment_method=True)
    service.create_refund(intent, amount=1)
    assert service.list_payment_methods(alice)
    leave_behind()

    assert service.list_payment_methods(alice) == []
    for model in (StripePaymentIntent, StripeRefund, StripeDispute, StripePaymentMethod):
        assert list(model.objects.for_user(alice)) == []


def test_nothing_can_be_done_with_it(service, alice, pay, leave_behind, sandbox, events, deliver):
    paid = pay(alice, save_payment_method=True)
    disputed = pay(alice, method="pm_card_createDispute")
    held = pay(alice, capture_method="manual")
    opened = service.create_payment_intent(user=alice, amount=5, currency="USD")["payment_intent"]
    refund = service.create_refund(pay(alice, method="pm_card_refundRequiresAction"))["refund"]
    deliver(*events("charge.dispute.created", "payment_method.attached"))
    dispute = StripeDispute.objects.get(payment_intent=disputed)
    leave_behind()
    for row in (paid, held, opened, refund, dispute):
        row.refresh_from_db()
    method = StripePaymentMethod.objects.filter(is_attached=True).get()
    asked = len(sandbox.requests())

    done = [
        service.create_refund(paid, amount=1),
        service.capture_payment_intent(held),
        service.cancel_payment_intent(held),
        service.confirm_payment_intent(opened, payment_method="pm_card_visa"),
        service.update_payment_intent(opened, description="x"),
        service.get_client_secret(opened),
        service.sync_payment_intent(opened),
        service.cancel_refund(refund),
        service.set_default_payment_method(method),
        service.detach_payment_method(method),
    ]

    assert [one["error_code"] for one in done] == ["invalid_state"] * len(done)
    assert {one["error"] for one in done} == {
        "It belongs to a different mode or Stripe account than the current keys."
    }
    with pytest.raises(InvalidStateError):
        disputes.accept_dispute(dispute=dispute)
    assert len(sandbox.requests()) == asked
    assert all(find_refusal(action, paid) for action in Action)


def test_reconcile_leaves_it_alone(service, alice, pay, leave_behind, sandbox):
    service.create_payment_intent(user=alice, amount=5, currency="USD")
    leave_behind()
    StripePaymentIntent.objects.update(next_read_at=StripePaymentIntent.objects.get().created_at)
    Operation.objects.update(
        state=OperationState.UNKNOWN, next_attempt_at=Operation.objects.first().created_at
    )

    assert resume_due() == 0
    round_ = reconcile()

    assert (round_.operations, round_.rows_read, round_.broken) == (0, 0, ())
    assert not sandbox.requests("GET", "/v1/payment_intents/*")


def _list_unclear():
    return list(get_kind("operations_to_review").iterate_lines())


def test_a_person_cannot_resolve_its_operations(service, alice, leave_behind):
    service.create_payment_intent(user=alice, amount=5, currency="USD")
    Operation.objects.update(state=OperationState.NEEDS_REVIEW)
    assert len(_list_unclear()) == 2
    leave_behind()

    assert _list_unclear() == []
    with pytest.raises(InvalidStateError):
        resolve(Operation.objects.first(), by="sam")
    assert set(Operation.objects.values_list("state", flat=True)) == {"needs_review"}


def test_its_failures_do_not_count_as_card_testing(service, alice, leave_behind, events, deliver):
    intent = service.create_payment_intent(user=alice, amount=5, currency="USD")["payment_intent"]
    for _ in range(10):
        service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")
    deliver(*events("payment_intent.payment_failed"))
    assert get_failed_attempts([alice.pk])[alice.pk].get_overtried()
    leave_behind()

    assert not get_failed_attempts([alice.pk])[alice.pk].by_intent
    assert cancel_suspected() == 0
    assert service.create_payment_intent(user=alice, amount=5, currency="USD")["success"]


def test_its_changes_send_no_signals_later(alice, pay, leave_behind):
    told = []

    def heard(**values):
        told.append(values)

    pay(alice)
    StatusChange.objects.update(signaled_at=None, created_at=alice.date_joined.replace(year=2020))
    signals.payment_intent_succeeded.connect(heard)
    try:
        leave_behind()
        send_missed_signals()
        assert told == []
    finally:
        signals.payment_intent_succeeded.disconnect(heard)


def test_its_events_wait_and_are_not_replayed(alice, pay, leave_behind, events, deliver):
    pay(alice)
    deliver(*events("payment_intent.succeeded"))
    StripeWebhookEvent.objects.update(
        state=EventState.PENDING, next_attempt_at=alice.date_joined, attempts=0
    )
    leave_behind()
    event = StripeWebhookEvent.objects.get()

    assert inbox.process_due() == 0
    assert inbox.process(event.pk) is None
    assert "different mode or account" in replaying.replay(event).problem
    assert "different mode or account" in replaying.rehearse(event).problem

    event.refresh_from_db()
    assert event.state == "pending"
    assert event.payload is not None


def test_updates_of_it_are_not_applied(alice, pay, leave_behind, events, deliver):
    """As if the secrets of two accounts' endpoints are both in the settings."""
    intent = pay(alice)
    leave_behind()
    StripePaymentIntent.objects.update(status="processing")

    deliver(*events("payment_intent.succeeded"))

    intent.refresh_from_db()
    assert intent.status == "processing"
    assert StripeWebhookEvent.objects.get(type="payment_intent.succeeded").state == "ignored"


def test_one_place_decides():
    """A second copy of the rule could be forgotten when the rule changes."""
    root = Path(payments_graphql.__file__).parent.parent
    files = [*(root / "payments_graphql").rglob("*.py"), *(root / "schema").rglob("*.py")]
    found = {
        str(file.relative_to(root)).removeprefix("payments_graphql/")
        for file in files
        if "sandbox" not in file.parts and RULE.search(file.read_text())
    }
    assert found == DECIDES.keys()
