"""One thread of a process works off what its neighbours store. See Note [The baton]."""

import threading
import time

import pytest
from django.db import connection

from payments_graphql.models import EventState, StripeWebhookEvent
from payments_graphql.webhooks import baton as baton_module
from payments_graphql.webhooks import inbox, storing
from payments_graphql.webhooks.baton import MOST_PER_SECOND, Baton


def _states() -> set[str]:
    return set(StripeWebhookEvent.objects.values_list("state", flat=True))


def _left_after(seconds: float) -> float:
    return time.monotonic() + seconds


def test_one_at_a_time_has_it():
    baton = Baton()
    assert baton.take()
    assert not baton.take()
    assert baton.keep(_left_after(60))  # as somebody left something
    assert not baton.keep(_left_after(60))  # once only
    assert baton.take()


def test_what_is_left_when_the_time_is_up_is_for_the_next():
    baton = Baton()
    baton.take()
    baton.take()
    assert not baton.keep(_left_after(-1))

    assert baton.take()
    assert baton.keep(_left_after(60))


@pytest.mark.django_db(transaction=True)
def test_who_has_it_works_off_what_others_store(deliver, make_event, monkeypatch):
    """A second event arrives while the first is being processed: its sender waits for nothing."""
    apply = inbox._process_claimed
    answers = []

    def deliver_the_second():
        try:
            answers.append(deliver(make_event(id="evt_2")))
        finally:
            connection.close()

    def deliver_another(events, *, read_until):
        monkeypatch.setattr(inbox, "_process_claimed", apply)
        others = threading.Thread(target=deliver_the_second)
        others.start()
        others.join(20)
        assert StripeWebhookEvent.objects.get(event_id="evt_2").state == "pending"
        apply(events, read_until=read_until)

    monkeypatch.setattr(inbox, "_process_claimed", deliver_another)

    deliver(make_event(id="evt_1"))

    assert [answer.status_code for answer in answers] == [200]
    assert StripeWebhookEvent.objects.count() == 2
    assert not _states() & {"pending", "processing", "failed"}


def test_a_flood_is_only_stored_until_a_second_is_quieter(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(baton_module.time, "monotonic", lambda: Clock.now)
    baton = Baton()
    for _ in range(MOST_PER_SECOND):
        assert baton.take()
        assert not baton.keep(200)
    assert not baton.take()

    Clock.now += 1
    assert not baton.take()  # the second before was too much
    Clock.now += 1
    assert baton.take()


def test_a_flood_ends_the_work_of_who_has_it():
    baton = Baton()
    assert baton.take()
    for _ in range(MOST_PER_SECOND + 1):
        baton.take()

    assert not baton.keep(_left_after(60))


def test_an_error_gives_it_back(db, monkeypatch):
    def fail(*values, **more):
        raise RuntimeError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "_process_claimed", fail)
        assert inbox.baton.take()
        with pytest.raises(RuntimeError):
            inbox.process_inline(StripeWebhookEvent(state=EventState.PROCESSING))

    assert inbox.baton.take()
    inbox.baton.drop()


def test_a_fault_while_storing_gives_it_back(post, make_event, monkeypatch):
    def fail(*values, **more):
        raise ZeroDivisionError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(storing, "make_storable", fail)
        with pytest.raises(ZeroDivisionError):
            post(make_event())

    post(make_event())
    assert _states() == {"ignored"}
