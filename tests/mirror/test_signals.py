"""The outbox: signals are sent after the commit, at least once, and no receiver blocks another."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql import mirror, signals
from payments_graphql.mirror import outbox
from payments_graphql.models import StatusChange, StripePaymentIntent
from payments_graphql.reconciliation import reconcile


@pytest.fixture
def connect():
    connected = []

    def connect(signal, receiver):
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


def _send() -> int:
    return mirror.send_missed_signals(older_than=timedelta())


def test_a_receiver_that_fails_is_tried_again_until_it_does_not(make_changes, connect, caplog):
    (change,) = make_changes(1)
    results = iter([ZeroDivisionError("sk_test_123secret"), None])
    calls = []

    def receive(status_change, **_):
        calls.append(status_change.pk)
        error = next(results)
        if error:
            raise error

    connect(signals.setup_intent_succeeded, receive)
    assert _send() == 0
    change.refresh_from_db()
    assert (change.signal_attempts, change.signaled_at) == (1, None)
    (line,) = [one for one in caplog.records if "signal_receiver_failed" in one.getMessage()]
    assert "ZeroDivisionError" in line.getMessage()
    assert "sk_test_123secret" not in line.getMessage()

    assert _send() == 1
    assert _send() == 0
    assert calls == [change.pk] * 2


def test_another_receiver_of_the_same_signal_is_still_called(make_changes, connect):
    make_changes(1)
    called = []
    connect(signals.setup_intent_succeeded, lambda **_: 1 / 0)
    connect(signals.setup_intent_succeeded, lambda **_: called.append(1))
    _send()

    assert called == [1]


def test_a_receiver_that_always_fails_does_not_block_other_signals(
    make_changes, connect, monkeypatch
):
    """Even if it has more old changes than a round handles."""
    monkeypatch.setattr(outbox, "_MOST", 5)
    make_changes(6, to_status="requires_payment_method", failure_code="card_declined")
    (good,) = make_changes(1)
    heard = []
    connect(signals.setup_intent_failed, lambda **_: 1 / 0)
    connect(
        signals.setup_intent_succeeded, lambda status_change, **_: heard.append(status_change.pk)
    )
    for _ in range(2):
        _send()

    assert heard == [good.pk]
    assert StatusChange.objects.filter(signaled_at=None).count() == 6
    assert not StatusChange.objects.filter(signaled_at=None, signal_attempts=0).exists()


def test_a_change_without_receivers_is_not_read_again(make_changes):
    make_changes(1, to_status="requires_action")
    _send()

    assert StatusChange.objects.get().signaled_at is not None


def test_a_recent_change_is_left_to_its_process(make_changes, connect):
    make_changes(1)
    assert mirror.send_missed_signals() == 0
    StatusChange.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert mirror.send_missed_signals() == 1


@pytest.mark.django_db(transaction=True)
def test_a_receiver_sees_what_was_committed(service, alice, sandbox, connect, pay):
    seen = []

    def receive(status_change, **_):
        seen.append(
            (transaction.get_connection().in_atomic_block, status_change.payment_intent.status)
        )

    connect(signals.payment_intent_succeeded, receive)
    pay(alice)

    assert seen == [(False, "succeeded")]


def _refund(service, intent):
    return service.create_refund(intent)


@pytest.mark.parametrize(
    ("method", "after", "expected"),
    [
        ("pm_card_visa", _refund, ["payment_intent_succeeded", "refund_settled"]),
        ("pm_card_createDispute", None, ["payment_intent_succeeded", "dispute_opened"]),
        ("pm_card_chargeDeclined", None, ["payment_intent_failed"]),
    ],
)
def test_each_change_has_its_signal(service, alice, sandbox, connect, method, after, expected):
    heard = []
    for name in (
        name for name, value in vars(signals).items() if isinstance(value, signals.Signal)
    ):
        connect(getattr(signals, name), lambda _name=name, **_: heard.append(_name))
    intent = service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]
    service.confirm_payment_intent(intent, payment_method=method)
    if after:
        after(service, intent)
    reconcile()

    assert heard == expected


def test_a_signal_sent_by_another_process_is_not_sent_again(make_changes, connect):
    told = []
    connect(signals.setup_intent_succeeded, lambda status_change, **_: told.append(status_change))
    changes = make_changes(1)

    mirror.send_signals(changes)
    mirror.send_signals(changes)

    assert len(told) == 1


def test_a_receivers_change_of_the_payment_reaches_the_caller(service, alice, sandbox, connect):
    def capture(status_change, **_):
        assert service.capture_payment_intent(status_change.payment_intent)["success"]

    connect(signals.payment_intent_authorized, capture)
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method="manual"
    )
    intent = StripePaymentIntent.objects.prefetch_related("status_changes").get()
    confirmed = service.confirm_payment_intent(intent, payment_method="pm_card_visa")

    assert created["success"]
    assert confirmed["payment_intent"].status == "succeeded"
    assert [change.to_status for change in intent.status_changes.all()][-1] == "succeeded"
