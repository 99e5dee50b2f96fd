"""No state of a dispute is final: the row follows Stripe, and each change is signaled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql import mirror, signals
from payments_graphql.errors import InvalidStateError
from payments_graphql.mirror import outbox
from payments_graphql.models import StripeDispute, StripeWebhookEvent, balance
from payments_graphql.reconciliation import reconcile
from payments_graphql.reconciliation.rereading import read_due
from payments_graphql.services import disputes
from payments_graphql.webhooks import inbox

DAY = 24 * 60 * 60
NAMES = (
    "dispute_opened",
    "dispute_escalated",
    "dispute_due_soon",
    "dispute_closed",
    "dispute_reopened",
)


@pytest.fixture
def heard():
    """The signals that the site receives: (name, status)."""
    heard = []
    receivers = {
        name: lambda status_change, _name=name, **_: heard.append((_name, status_change.to_status))
        for name in NAMES
    }
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, weak=False)
    yield heard
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


@pytest.fixture
def paid(alice, booking, pay, sandbox):
    return pay(alice, None, None, booking=booking, method="pm_card_createDispute")


@pytest.fixture
def dispute(paid):
    reconcile()
    return paid.disputes.get()


@pytest.fixture
def turn(sandbox, dispute):
    """What the bank does, and what is known here afterwards."""

    def turn(*actions):
        for action in actions:
            sandbox.advance(DAY)
            sandbox.act(dispute.stripe_dispute_id, action)
            reconcile()
        dispute.refresh_from_db()
        return dispute

    return turn


@pytest.mark.parametrize(
    ("actions", "signals_of_them", "is_money_gone"),
    [
        (["win", "reopen"], [("dispute_closed", "won"), ("dispute_reopened", "needs_response")], 0),
        (["lose", "reopen", "win"], [
            ("dispute_closed", "lost"),
            ("dispute_reopened", "needs_response"),
            ("dispute_closed", "won"),
        ], 0),
        (["lose", "appeal", "review_appeal", "win"], [
            ("dispute_closed", "lost"),
            ("dispute_reopened", "appeal_needs_response"),
            ("dispute_closed", "won"),
        ], 0),
        (["win", "appeal", "lose"], [
            ("dispute_closed", "won"),
            ("dispute_reopened", "appeal_needs_response"),
            ("dispute_closed", "lost"),
        ], 1),
        (["prevent"], [("dispute_closed", "prevented")], 1),
        (["prevent", "reopen"], [
            ("dispute_closed", "prevented"),
            ("dispute_reopened", "needs_response"),
        ], 0),
    ],
)  # fmt: skip
def test_each_change_is_mirrored_and_signaled_once(
    turn, dashboard, booking, heard, actions, signals_of_them, is_money_gone
):
    dispute = turn(*actions)
    reconcile()

    at_stripe = dashboard.v1.disputes.retrieve(dispute.stripe_dispute_id)
    assert dispute.status == at_stripe.status
    net = sum(move.amount for move in at_stripe.balance_transactions)
    assert dispute.amount_withdrawn == -net
    assert heard == signals_of_them
    assert balance.sum_payment(dispute.payment_intent).taken == 9999 * is_money_gone
    assert booking.amount_paid == 9999 * (1 - is_money_gone)
    assert dispute.payment_intent.is_held_by_dispute is not dispute.is_closed


@pytest.mark.parametrize("actions", [["escalate"], ["close", "escalate"]])
def test_an_inquiry_that_becomes_a_dispute_is_signaled(
    alice, pay, sandbox, dashboard, heard, actions
):
    intent = pay(alice, method="pm_card_createDisputeInquiry")
    reconcile()
    dispute = intent.disputes.get()
    assert (dispute.amount_withdrawn, dispute.holds_money) == (0, False)
    heard.clear()

    if "close" in actions:
        dashboard.v1.disputes.close(dispute.stripe_dispute_id)
        reconcile()
        assert heard.pop() == ("dispute_closed", "warning_closed")
    sandbox.advance(DAY)
    sandbox.act(dispute.stripe_dispute_id, "escalate")
    reconcile()

    dispute.refresh_from_db()
    assert heard == [("dispute_escalated", "needs_response")]
    assert (dispute.is_inquiry, dispute.holds_money) == (False, True)
    assert (dispute.amount_withdrawn, intent.amount_refundable) == (9999, 0)


def test_a_dispute_first_seen_as_lost_is_signaled_as_opened_and_closed(
    paid, dashboard, heard, caplog
):
    (at_stripe,) = dashboard.v1.disputes.list().data
    dashboard.v1.disputes.close(at_stripe.id)
    mirror.fetch_and_apply("dispute", at_stripe.id)
    reconcile()

    assert heard == [("dispute_opened", "lost"), ("dispute_closed", "lost")]
    assert balance.sum_payment(paid).taken == 9999
    assert [line for line in caplog.records if "dispute_opened" in line.getMessage()]


def test_two_changes_between_two_reads_are_both_signaled(alice, pay, sandbox, dashboard, heard):
    intent = pay(alice, method="pm_card_createDisputeInquiry")
    reconcile()
    heard.clear()
    stripe_id = intent.disputes.get().stripe_dispute_id
    sandbox.advance(1)
    sandbox.act(stripe_id, "escalate")
    sandbox.act(stripe_id, "lose")
    mirror.fetch_and_apply("dispute", stripe_id)

    assert heard == [("dispute_escalated", "lost"), ("dispute_closed", "lost")]


def test_a_crash_before_the_signal_loses_none(turn, heard, monkeypatch):
    with monkeypatch.context() as crashing:
        crashing.setattr(outbox, "_send_all", lambda changes: 0)
        turn("lose", "reopen")
    assert heard == []
    mirror.send_missed_signals(older_than=timedelta())

    assert heard == [("dispute_closed", "lost"), ("dispute_reopened", "needs_response")]
    assert mirror.send_missed_signals(older_than=timedelta()) == 0


def test_a_closed_one_is_found_reopened_without_any_event(turn, sandbox, dispute, time_machine):
    turn("win")
    sandbox.advance(DAY)
    sandbox.act(dispute.stripe_dispute_id, "reopen")
    StripeWebhookEvent.objects.all().delete()
    dispute.refresh_from_db()
    assert dispute.next_read_at is not None

    time_machine.move_to(dispute.next_read_at + timedelta(minutes=1), tick=False)
    read_due()

    dispute.refresh_from_db()
    assert dispute.status == "needs_response"


def test_a_closed_one_is_read_for_half_a_year_and_no_longer(turn):
    dispute = turn("lose")
    reads, now = [], dispute.updated_at
    while (next_read := mirror.get_next_read(dispute, now=now)) is not None:
        assert next_read > now
        reads.append(next_read)
        now = next_read

    assert len(reads) < 12
    assert reads[-1] == dispute.updated_at + timedelta(days=180)


def test_an_event_that_seems_to_reopen_a_closed_one_is_settled_by_reading(
    turn, events, deliver, sandbox
):
    turn("lose")
    (created,) = events("charge.dispute.created")
    deliver(created | {"id": "evt_late", "created": created["created"] + 10 * DAY})
    assert StripeDispute.objects.get().status == "lost"
    inbox.process_due()

    assert StripeDispute.objects.get().status == "lost"
    assert StripeWebhookEvent.objects.get(event_id="evt_late").state == "processed"


def test_an_event_that_only_seems_older_by_a_wrong_clock_is_not_lost(
    turn, dispute, sandbox, events, deliver
):
    """The Date of an answer may be later than the state it describes."""
    StripeDispute.objects.update(as_of=timezone.now() + timedelta(days=30))
    sandbox.act(dispute.stripe_dispute_id, "lose")
    deliver(*events("charge.dispute.closed"))
    inbox.process_due()

    assert StripeDispute.objects.get().status == "lost"


def test_a_won_dispute_holds_the_money_until_it_is_reinstated(dispute, events, deliver):
    (created,) = events("charge.dispute.created")
    subject = created["data"]["object"] | {"status": "won", "is_charge_refundable": True}
    deliver(
        created
        | {"id": "evt_won", "type": "charge.dispute.closed", "created": created["created"] + 60}
        | {"data": {"object": subject}}
    )

    dispute.refresh_from_db()
    assert (dispute.status, dispute.amount_withdrawn) == ("won", 9999)
    assert (dispute.holds_money, balance.sum_payment(dispute.payment_intent).taken) == (True, 0)


def _move(amount, currency="usd", rate=None):
    return {"amount": amount, "currency": currency, "exchange_rate": rate}


@pytest.mark.parametrize(
    ("currency", "amount", "moves", "withdrawn"),
    [
        ("usd", 9999, [_move(-9999)], 9999),
        ("usd", 9999, [_move(-9999), _move(9999)], 0),
        ("usd", 9999, [_move(-9999), _move(9999), _move(-9999)], 9999),
        ("usd", 9999, [_move(-9999), _move(4000)], 5999),
        ("usd", 9999, [], 0),
        # An account that settles in dollars: 1 EUR is 1.0847 USD, 1 JPY 0.0068 USD.
        ("eur", 9999, [_move(-10846, rate=1.0847)], 9999),
        ("eur", 9999, [_move(-10846, rate=1.0847), _move(10601, rate=1.0602)], 0),
        ("eur", 9999, [_move(-10846, rate=1.0847), _move(5423, rate=1.0847)], 4999),
        ("jpy", 5000, [_move(-3400, rate=0.0068)], 5000),
        ("kwd", 5000, [_move(-1625, rate=3.25)], 5000),
        ("eur", 9999, [_move(-10846)], 9999),
    ],
)
def test_the_withdrawn_amount_comes_from_the_balance(
    dispute, events, deliver, currency, amount, moves, withdrawn
):
    (created,) = events("charge.dispute.created")
    subject = created["data"]["object"] | {
        "currency": currency,
        "amount": amount,
        "balance_transactions": moves,
    }
    deliver(
        created
        | {"id": "evt_2", "type": "charge.dispute.updated", "created": created["created"] + 60}
        | {"data": {"object": subject}}
    )

    dispute.refresh_from_db()
    assert dispute.amount_withdrawn == withdrawn


@pytest.mark.parametrize(
    ("status", "withdrawn"),
    [("needs_response", 9999), ("lost", 9999), ("warning_needs_response", 0), ("won", 0)],
)
def test_without_balance_transactions_the_status_decides(
    dispute, events, deliver, status, withdrawn
):
    (created,) = events("charge.dispute.created")
    subject = created["data"]["object"] | {"status": status, "balance_transactions": ["txn_1"]}
    deliver(
        created
        | {"id": "evt_2", "type": "charge.dispute.updated", "created": created["created"] + 60}
        | {"data": {"object": subject}}
    )

    dispute.refresh_from_db()
    assert dispute.amount_withdrawn == withdrawn


def test_an_appeal_is_not_answered_here(turn, sam):
    dispute = turn("lose", "appeal")
    with pytest.raises(InvalidStateError, match="dashboard") as caught:
        disputes.accept_dispute(dispute=dispute, user=sam)
    assert caught.value.current_status == "appeal_needs_response"
