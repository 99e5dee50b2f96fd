"""Receivers of signals: each is called once per change, in whichever process it is."""

import functools
import gc
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql import mirror, signals
from payments_graphql.mirror.outbox import is_to_be_told
from payments_graphql.models import SignalReceiver, StatusChange
from payments_graphql.problems import get_kind

SUCCEEDED = signals.setup_intent_succeeded


class Receiving:
    """A receiver that counts its calls and may raise an error."""

    def __init__(self, raises=False):
        self.raises = raises
        self.calls = 0

    def __call__(self, **_):
        self.calls += 1
        if self.raises:
            raise ZeroDivisionError


@pytest.fixture
def process():
    """Acts as a process that has only these receivers: `process(shop=..., audit=...)`."""

    def become(**receivers):
        SUCCEEDED.receivers.clear()
        mirror.forget_receivers()
        for uid, receiver in receivers.items():
            SUCCEEDED.connect(receiver, weak=False, dispatch_uid=uid)

    yield become
    become()


def _list_unsent() -> list[str]:
    return list(get_kind("unsent_signals").iterate_lines())


def _send() -> int:
    return mirror.send_missed_signals(older_than=timedelta())


def _waiting() -> list[str]:
    return list(StatusChange.objects.filter(signaled_at=None).values_list("signal_waits_for"))


def test_only_the_receiver_that_raised_is_called_again(make_changes, process):
    make_changes(1)
    good, bad = Receiving(), Receiving(raises=True)
    process(good=good, bad=bad)
    _send()
    _send()
    assert (good.calls, bad.calls) == (1, 2)

    bad.raises = False
    assert _send() == 1
    assert _send() == 0
    assert (good.calls, bad.calls) == (1, 3)
    change = StatusChange.objects.get()
    assert change.signaled_at is not None
    assert change.signaled_to == []


def test_one_that_raised_in_another_process_is_called_in_this_one(make_changes, process):
    make_changes(1)
    good, bad = Receiving(), Receiving(raises=True)
    process(good=good, bad=bad)
    _send()

    bad.raises = False
    process(bad=bad, good=good)
    assert _send() == 1
    assert (good.calls, bad.calls) == (1, 2)


def test_one_receiver_of_two_signals_is_told_of_both(make_changes, process):
    """A dispute that is already closed when it is first seen has two signals."""
    receive = Receiving()
    for signal in (signals.dispute_opened, signals.dispute_closed):
        signal.connect(receive, weak=False)
    names = {
        receiver.name
        for signal in (signals.dispute_opened, signals.dispute_closed)
        for receiver in signal.list_receivers(StatusChange)
    }
    for signal in (signals.dispute_opened, signals.dispute_closed):
        signal.disconnect(receive)

    path = "tests.mirror.test_receivers.Receiving"
    assert names == {f"dispute_opened:{path}", f"dispute_closed:{path}"}


class TestNames:
    @pytest.fixture
    def names(self, process):
        def names(*receivers, **options):
            process()
            for receiver in receivers:
                SUCCEEDED.connect(receiver, **options)
            found = [one.name for one in SUCCEEDED.list_receivers(StatusChange)]
            prefix = "setup_intent_succeeded:"
            assert all(name.startswith(prefix) for name in found)
            return [name.removeprefix(prefix) for name in found]

        return names

    def test_a_function_and_a_method(self, names):
        def receive(**_): ...

        class Listener:
            def receive(self, **_): ...

        listener = Listener()
        here = f"{__name__}.TestNames.test_a_function_and_a_method.<locals>"
        assert names(receive, listener.receive) == [
            f"{here}.receive",
            f"{here}.Listener.receive",
        ]

    def test_a_partial_has_the_name_of_its_function(self, names):
        partial = functools.partial(gc.collect, 0)
        assert names(partial) == ["gc.collect"]

    def test_two_of_one_name_are_numbered(self, names):
        first, second = [lambda **_: None for _ in range(2)]
        found = names(first, second)
        assert found[1] == f"{found[0]}#2"

    def test_a_dispatch_uid_comes_before_the_path(self, names):
        assert names(Receiving(), weak=False, dispatch_uid="mark_paid") == ["mark_paid"]

    def test_what_was_collected_has_none(self, names):
        def receive(**_): ...

        assert names(receive) != []
        del receive
        gc.collect()
        assert SUCCEEDED.list_receivers(StatusChange) == []

    def test_one_of_another_sender_has_none(self, names):
        assert names(Receiving(), weak=False, sender=SignalReceiver) == []
        assert len(names(Receiving(), weak=False, sender=StatusChange)) == 1


def test_an_async_receiver_is_told_too(make_changes, process):
    make_changes(1)
    told = []

    async def receive(status_change, **_):
        told.append(status_change.pk)

    process(receive=receive)
    assert _send() == 1
    assert told == [StatusChange.objects.get().pk]


class TestAProcessThatLacksAReceiver:
    @pytest.fixture
    def receive(self, db, process):
        """The web process has announced the receiver, but this process does not have it."""
        receive = Receiving()
        process(mark_paid=receive)
        mirror.send_signals([])
        process()
        return receive

    def test_leaves_the_change_to_one_that_has_it(self, make_changes, process, receive):
        make_changes(1)
        assert _send() == 0
        assert _waiting() == [("setup_intent_succeeded:mark_paid",)]

        process(mark_paid=receive)
        assert _send() == 1
        assert receive.calls == 1
        assert _waiting() == []

    def test_does_not_read_it_again(self, make_changes, receive):
        make_changes(1)
        _send()
        with CaptureQueriesContext(connection) as statements:
            _send()
        assert len([one for one in statements if "UPDATE" in one["sql"]]) == 0

    def test_tells_those_that_it_has(self, make_changes, process, receive):
        make_changes(1)
        audit = Receiving()
        process(audit=audit)
        _send()
        process(audit=audit)
        _send()
        assert audit.calls == 1
        assert _waiting() == [("setup_intent_succeeded:mark_paid",)]

        process(mark_paid=receive)
        assert _send() == 1
        assert (audit.calls, receive.calls) == (1, 1)

    def test_records_a_change_as_one_to_be_told(self, pay, alice, service, sandbox, process):
        receive = Receiving()
        signals.payment_intent_succeeded.connect(receive, weak=False, dispatch_uid="mark_paid")
        mirror.send_signals([])
        signals.payment_intent_succeeded.disconnect(receive, dispatch_uid="mark_paid")
        mirror.forget_receivers()

        pay(alice)

        change = StatusChange.objects.get(to_status="succeeded")
        assert change.signaled_at is None
        assert change.signal_waits_for == "payment_intent_succeeded:mark_paid"

    def test_waits_for_the_one_that_was_seen_last(self, make_changes, process, receive):
        """The other one was renamed, and must not block the ones that still exist."""
        make_changes(1)
        SignalReceiver.objects.create(
            name="setup_intent_succeeded:a_renamed_one",
            seen_at=timezone.now() - timedelta(days=1),
        )
        _send()
        assert _waiting() == [("setup_intent_succeeded:mark_paid",)]

    def test_waits_for_none_that_nobody_had_for_a_month(self, make_changes, process, receive):
        make_changes(1)
        _send()
        SignalReceiver.objects.update(seen_at=timezone.now() - timedelta(days=31))
        process()
        assert _send() == 1

    def test_is_reported_after_a_while(self, make_changes, receive):
        (change,) = make_changes(1)
        _send()
        assert _list_unsent() == []

        StatusChange.objects.update(created_at=timezone.now() - timedelta(minutes=20))
        (line,) = _list_unsent()
        assert line.startswith(f"status change {change.pk} (new → succeeded) waits for the")
        assert "setup_intent_succeeded:mark_paid" in line

    def test_is_not_reported_if_no_process_has_the_receiver_since(self, make_changes, receive):
        """It was renamed: processes of the new version have another one."""
        make_changes(1)
        _send()
        long_ago = timezone.now() - timedelta(minutes=20)
        StatusChange.objects.update(created_at=long_ago)
        SignalReceiver.objects.update(seen_at=long_ago - timedelta(minutes=1))
        assert _list_unsent() == []


def test_one_that_keeps_raising_is_reported_after_a_while(make_changes, process):
    make_changes(1)
    process(bad=Receiving(raises=True))
    for _ in range(3):
        _send()
    assert _list_unsent() == []

    StatusChange.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    (line,) = _list_unsent()
    assert "failed 3 times" in line


def test_a_site_without_receivers_keeps_nothing(pay, alice, sandbox):
    pay(alice)

    assert not SignalReceiver.objects.exists()
    assert not StatusChange.objects.filter(signaled_at=None).exists()


def test_the_sites_list_costs_one_statement_in_a_while(make_changes, process):
    (change,) = make_changes(1)
    process()
    with CaptureQueriesContext(connection) as statements:
        for _ in range(3):
            assert not is_to_be_told(change)
    assert len(statements) == 1


def test_receivers_are_announced_once_an_hour(make_changes, process, monkeypatch):
    process(mark_paid=Receiving())
    mirror.send_signals([])
    with CaptureQueriesContext(connection) as statements:
        mirror.send_signals([])
    assert len(statements) == 0

    seen = SignalReceiver.objects.get().seen_at
    monkeypatch.setattr("payments_graphql.mirror.receivers._ANNOUNCED_EVERY", 0)
    mirror.send_signals([])
    assert SignalReceiver.objects.get().seen_at > seen
