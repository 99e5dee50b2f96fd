"""`payments_reconcile` finishes what was left open."""

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from payments_graphql import reconciliation, signals
from payments_graphql.models import (
    EventCursor,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile, rounds
from payments_graphql.stripe_client import StripeNoAnswerError
from payments_graphql.webhooks import inbox
from tests.subprocesses import get_environment


@pytest.fixture
def received():
    """The signals that a site's receivers get. `received.fails` makes them raise an error."""

    class Received(list):
        fails = False

    received = Received()

    def receiver(sender, status_change, **values):
        if received.fails:
            raise RuntimeError("the site's own bug")
        received.append((status_change.pk, status_change.to_status))

    every = (
        signals.payment_intent_succeeded,
        signals.payment_intent_failed,
        signals.payment_intent_canceled,
        signals.refund_settled,
    )
    for signal in every:
        signal.connect(receiver)
    yield received
    for signal in every:
        signal.disconnect(receiver)


def _make_changes_old() -> None:
    StatusChange.objects.update(created_at=timezone.now() - timedelta(minutes=5))


def test_events_without_a_webhook_are_pulled(service, alice, dashboard):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    done = reconcile()

    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert done.events_pulled >= 2
    assert StripeWebhookEvent.objects.filter(source="pull").count() == done.events_pulled


def test_a_second_round_has_nothing_to_do(alice, pay):
    pay(alice)
    reconcile()

    assert reconcile().is_idle


def test_a_pulled_event_that_arrives_as_a_webhook_later_is_a_duplicate(alice, pay, events, deliver):
    pay(alice)
    reconcile()
    stored = StripeWebhookEvent.objects.count()

    assert deliver(*events("payment_intent.succeeded")).json()["duplicate"]
    assert StripeWebhookEvent.objects.count() == stored


def test_more_than_a_page_of_events_is_read(dashboard, db):
    for number in range(105):
        dashboard.v1.customers.create({"name": str(number)})
    customer = dashboard.v1.customers.create({})
    for number in range(105):
        dashboard.v1.customers.update(customer.id, {"name": str(number)})

    assert reconciliation.pull_events() == 105


def test_when_stripe_cannot_be_read_the_other_steps_run(
    service, alice, events, deliver, monkeypatch, settings, sandbox
):
    pull = reconciliation.pull_events
    cursor = timezone.now() - timedelta(days=1)
    EventCursor.objects.create(read_until=cursor)
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    service_row = StripeWebhookEvent.objects.create(
        event_id="evt_1",
        type="customer.updated",
        payload={"data": {"object": {"id": "cus_other"}}},
        api_version="2026-10-28.endive",
        next_attempt_at=timezone.now(),
        stripe_created=timezone.now(),
    )

    done = reconcile()

    assert (done.events_pulled, done.events_processed) == (0, 1)
    service_row.refresh_from_db()
    assert service_row.state == "ignored"
    assert EventCursor.objects.get().read_until == cursor  # the missed events are read next time
    with pytest.raises(Exception, match="Stripe"):
        pull()


def test_an_event_waits_while_stripe_is_unreachable(alice, db, monkeypatch):
    row = StripeWebhookEvent.objects.create(
        event_id="evt_1",
        type="customer.updated",
        payload={"data": {"object": {"id": "cus_1"}}},
        api_version="old",
        object_id="cus_1",
        attempts=50,
        next_attempt_at=timezone.now(),
        stripe_created=timezone.now(),
    )

    def unreachable(kind, stripe_id):
        raise StripeNoAnswerError("no answer")

    monkeypatch.setattr(inbox.mirror, "fetch_and_apply", unreachable)
    inbox.process_due()

    row.refresh_from_db()
    assert row.state == "failed"  # and not dead, since it is not the event's fault
    assert row.next_attempt_at > timezone.now()


def test_signals_follow_each_change_once(alice, pay, service, received, events, deliver):
    intent = pay(alice)
    service.create_refund(intent)
    deliver(*events())
    _make_changes_old()
    reconcile()

    assert [status for _, status in received] == ["succeeded", "succeeded"]
    assert len({pk for pk, _ in received}) == 2


def test_a_decline_is_signaled(service, alice, received):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    service.confirm_payment_intent(intent, payment_method="pm_card_chargeDeclined")

    assert [status for _, status in received] == ["requires_payment_method"]


def test_a_receiver_that_raises_breaks_no_payment_and_loses_nothing(alice, pay, received):
    received.fails = True
    intent = pay(alice)
    assert intent.status == "succeeded"
    _make_changes_old()
    reconcile()
    assert received == []

    received.fails = False
    assert reconcile().signals == 1
    assert [status for _, status in received] == ["succeeded"]
    assert reconcile().signals == 0


def test_signals_lost_in_a_crash_are_sent_later(alice, pay, received, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("payments_graphql.mirror.send_signals", lambda cause_id: None)
        pay(alice)
    assert received == []

    assert reconcile().signals == 0  # they may still be in progress
    _make_changes_old()
    reconcile()
    assert [status for _, status in received] == ["succeeded"]


def test_events_are_processed_until_none_is_due(db, sandbox):
    """More than one call handles."""
    now = timezone.now()
    StripeWebhookEvent.objects.bulk_create(
        StripeWebhookEvent(
            event_id=f"evt_{number}",
            type="customer.updated",
            payload={"data": {"object": {"id": "cus_other"}}},
            api_version="2026-10-28.endive",
            next_attempt_at=now,
            stripe_created=now,
        )
        for number in range(210)
    )

    assert reconcile().events_processed == 210
    assert not StripeWebhookEvent.objects.exclude(state="ignored").exists()


def test_processing_ends_when_its_time_is_up(db, sandbox, monkeypatch):
    """A backlog of hours must not keep a round from its other steps."""
    given = []
    monkeypatch.setattr(rounds.inbox, "process_due", lambda *, seconds: given.append(seconds) or 1)

    assert reconcile().events_processed == 1
    assert given == [rounds.PROCESSING_TIME]


def test_reread_rows_are_counted(unpaid, make_due):
    make_due()
    assert reconcile().rows_read == 1
    assert reconcile().is_idle


def test_a_round_without_stripe_does_the_rest(unpaid, make_due, settings, received):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    make_due()
    done = reconcile()
    assert done.in_vain == ("events pulled", "rows read")
    assert done.broken == ()
    assert not done.is_idle


def test_the_command_reports_what_it_did(alice, pay, capsys):
    pay(alice)

    call_command("payments_reconcile")

    assert "events pulled: " in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_it_keeps_running_with_every(service, alice, dashboard, settings):
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "payments_reconcile", "--every", "0.1"],
        env=get_environment(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(EventCursor.objects.exists)
        dashboard.v1.payment_intents.confirm(
            intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
        )
        _wait_for(lambda: StripePaymentIntent.objects.get().status == "succeeded")
    finally:
        process.kill()
        process.wait(10)


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
