"""One thread of a process works off what its neighbours store. See Note [The baton]."""

import threading
import time

import pytest
from django.db import connection

from payments_graphql.models import StripeWebhookEvent
from payments_graphql.webhooks import inbox
from payments_graphql.webhooks.baton import Baton


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


def test_an_error_gives_it_back(db, monkeypatch):
    def fail(*values, **more):
        raise RuntimeError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "process", fail)
        with pytest.raises(RuntimeError):
            inbox.process_inline("00000000-0000-4000-8000-000000000000")

    assert inbox._baton.take()
    inbox._baton.drop()
