"""One thread of a process processes what other threads store. See Note [The nudge]."""

import threading
import time

import pytest
from django.db import connection

from payments_graphql.models import StripeCustomer, StripeWebhookEvent
from payments_graphql.webhooks import claiming, inbox
from payments_graphql.webhooks.nudging import Nudge
from tests.threads import run_together


def _states() -> set[str]:
    return set(StripeWebhookEvent.objects.values_list("state", flat=True))


def test_one_thread_works_for_all_others():
    nudge, calls = Nudge(), []

    def work(deadline):
        calls.append(threading.get_ident())
        if len(calls) == 1:
            for _ in range(3):
                thread = threading.Thread(target=nudge.run, args=(work, 60))
                thread.start()
                thread.join(20)

    nudge.run(work, 60)

    assert calls == [threading.get_ident()] * 2


def test_no_request_for_a_run_is_missed():
    nudge, left, done = Nudge(), [], []

    def work(deadline):
        while left:
            done.append(left.pop())

    def come(number):
        for each in range(100):
            left.append((number, each))
            nudge.run(work, 60)

    run_together(4, come)

    assert (left, len(done), len(set(done))) == ([], 400, 400)


def test_what_is_left_when_the_time_is_up_is_left_to_the_next_run():
    nudge, calls = Nudge(), []

    def work(deadline):
        calls.append(deadline)
        nudge.run(calls.append, 60)  # this thread is working, so another run is requested
        while time.monotonic() < deadline:
            pass

    nudge.run(work, 0.01)
    assert len(calls) == 1
    nudge.run(calls.append, 60)
    assert len(calls) == 2


def test_an_error_releases_the_lock():
    nudge, calls = Nudge(), []

    def fail(deadline):
        raise RuntimeError("a bug of ours")

    with pytest.raises(RuntimeError):
        nudge.run(fail, 60)

    nudge.run(calls.append, 60)
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_the_working_thread_processes_what_others_store(deliver, make_event, monkeypatch):
    """A second event arrives while the first is processed: its sender does not wait."""
    apply = inbox._apply_all
    answers = []

    def deliver_the_second():
        try:
            answers.append(deliver(make_event(id="evt_2")))
        finally:
            connection.close()

    def deliver_another(events):
        monkeypatch.setattr(inbox, "_apply_all", apply)
        others = threading.Thread(target=deliver_the_second)
        others.start()
        others.join(20)
        assert StripeWebhookEvent.objects.get(event_id="evt_2").state == "pending"
        return apply(events)

    monkeypatch.setattr(inbox, "_apply_all", deliver_another)

    deliver(make_event(id="evt_1"))

    assert [answer.status_code for answer in answers] == [200]
    assert StripeWebhookEvent.objects.count() == 2
    assert not _states() & {"pending", "processing", "failed"}


def test_a_nudge_processes_more_than_a_batch(make_event, post, monkeypatch):
    with monkeypatch.context() as lost:
        lost.setattr(inbox, "process_new", lambda: None)
        for number in range(7):
            post(make_event(id=f"evt_{number}"))
    monkeypatch.setattr(inbox, "BATCH", 3)

    post(make_event(id="evt_7"))

    assert StripeWebhookEvent.objects.count() == 8
    assert not _states() & {"pending", "processing", "failed"}


def test_an_event_that_needs_a_read_is_released_once_and_untried(
    alice, make_event, post, monkeypatch
):
    """It is not claimed again and again until the time is up."""
    StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")
    payment = {**make_event()["data"]["object"], "customer": "cus_alice"}
    claimed = []
    claim = claiming.claim_batch

    def count(*values, **more):
        found = claim(*values, **more)
        claimed.extend(found)
        return found

    monkeypatch.setattr(inbox, "BATCH", 1)
    monkeypatch.setattr(claiming, "claim_batch", count)

    post(make_event(api_version="2020-08-27", data={"object": payment}))

    event = StripeWebhookEvent.objects.get()
    assert (event.state, event.attempts, event.lease_expires_at) == ("pending", 0, None)
    assert len(claimed) == 1


def test_old_events_are_left_to_reconcile(make_event, post, monkeypatch):
    with monkeypatch.context() as lost:
        lost.setattr(inbox, "process_new", lambda: None)
        post(make_event(id="evt_old"))
    old = StripeWebhookEvent.objects.get()
    StripeWebhookEvent.objects.update(received_at=old.received_at - 2 * inbox.NEW)

    post(make_event(id="evt_new"))

    old.refresh_from_db()
    assert (old.state, old.attempts) == ("pending", 0)
