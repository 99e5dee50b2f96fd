"""`payments_reconcile` sends `dispute_due_soon` once per due date."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql import mirror, signals
from payments_graphql.mirror import outbox
from payments_graphql.models import StatusChange, StripeDispute
from payments_graphql.reconciliation import reconcile
from tests.threads import run_together


@pytest.fixture
def dispute(alice, pay, sandbox):
    paid = pay(alice, method="pm_card_createDispute")
    reconcile()
    return paid.disputes.get()


@pytest.fixture
def heard():
    """The signals that the site receives: (name, status)."""
    heard = []

    def receive(status_change, **_):
        heard.append(("dispute_due_soon", status_change.to_status))

    signals.dispute_due_soon.connect(receive)
    yield heard
    signals.dispute_due_soon.disconnect(receive)


@pytest.fixture
def move(dispute, time_machine):
    """Moves the time to this long before the evidence is due."""
    return lambda **before: time_machine.move_to(
        dispute.evidence_due_by - timedelta(**before), tick=False
    )


@pytest.fixture(autouse=True)
def near(move):
    move(days=2)


def test_it_is_sent_once(dispute, heard, caplog):
    for _ in range(3):
        mirror.remind_of_due_disputes()

    assert heard == [("dispute_due_soon", "needs_response")]
    change = StatusChange.objects.get(is_reminder=True)
    assert (change.dispute, change.payment_intent) == (dispute, dispute.payment_intent)
    assert change.signaled_at is not None
    (line,) = [one for one in caplog.records if "dispute_due_soon" in one.getMessage()]
    assert line.levelname == "WARNING"


def test_reconcile_does_it(dispute, heard):
    reconcile()

    assert Counter(heard)["dispute_due_soon", "needs_response"] == 1


def test_a_crash_before_the_signal_does_not_lose_it(heard, monkeypatch):
    with monkeypatch.context() as crashing:
        crashing.setattr(outbox, "_send_all", lambda changes: 0)
        mirror.remind_of_due_disputes()
    assert heard == []
    mirror.send_missed_signals(older_than=timedelta())

    assert heard == [("dispute_due_soon", "needs_response")]


def test_another_due_date_is_sent_again(dispute, heard):
    mirror.remind_of_due_disputes()
    later = dispute.evidence_due_by + timedelta(hours=12)
    StripeDispute.objects.update(evidence_due_by=later)
    mirror.remind_of_due_disputes()

    assert len(heard) == 2


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ({"days": 4}, "needs_response"),  # not yet
        ({"minutes": -1}, "needs_response"),  # too late
        ({"days": 2}, "under_review"),
        ({"days": 2}, "lost"),
    ],
)
def test_it_is_not_sent(heard, move, before, status):
    move(**before)
    StripeDispute.objects.update(status=status)
    assert mirror.remind_of_due_disputes() == 0
    assert heard == []


@pytest.mark.parametrize("status", ["warning_needs_response", "appeal_needs_response"])
def test_inquiries_and_appeals_are_due_too(heard, status):
    StripeDispute.objects.update(status=status)
    mirror.remind_of_due_disputes()

    assert heard == [("dispute_due_soon", status)]


def test_how_long_before_is_a_setting(heard, move, settings):
    settings.PAYMENTS_DISPUTE_DUE_SOON = timedelta(hours=6)
    mirror.remind_of_due_disputes()
    assert heard == []
    move(hours=5)
    mirror.remind_of_due_disputes()
    assert len(heard) == 1


def test_it_is_not_a_change_in_the_history(dispute):
    mirror.remind_of_due_disputes()
    changes = dispute.status_changes.all()
    assert [str(change) for change in changes] == [
        "new → needs_response",
        "needs_response, due soon",
    ]


@pytest.mark.django_db(transaction=True)
def test_several_machines_remind_once(dispute):
    StripeDispute.objects.update(evidence_due_by=timezone.now() + timedelta(days=1))
    reminded = run_together(3, lambda _: mirror.remind_of_due_disputes())

    assert sum(reminded) == 1
    assert StatusChange.objects.filter(is_reminder=True).count() == 1
