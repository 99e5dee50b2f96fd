"""A backlog of stored events is processed in batches, by any number of processes."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from payments_graphql.models import (
    EventSource,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripeWebhookEvent,
)
from payments_graphql.webhooks import claiming, handlers, inbox
from tests.threads import run_together


@pytest.fixture
def customer(alice):
    return StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")


@pytest.fixture
def backlog(customer, make_event):
    """Stored, unprocessed events of the given number of Alice's payments."""

    def backlog(count):
        for number in range(count):
            payment = {
                "id": f"pi_{number}",
                "customer": "cus_alice",
                "amount": 500,
                "currency": "usd",
                "status": "succeeded",
            }
            created = int(time.time()) - 1000 + number
            event = make_event(id=f"evt_{number}", created=created, data={"object": payment})
            assert inbox.store(event, EventSource.WEBHOOK)

    return backlog


@pytest.fixture
def broken(monkeypatch):
    """The handler always raises an error for this event."""
    handle = handlers.handle

    def choose(event):
        if event.event_id == "evt_1":
            raise ValueError("poison")
        return handle(event)

    monkeypatch.setattr(handlers, "handle", choose)


def _states():
    return dict(StripeWebhookEvent.objects.values_list("event_id", "state"))


def _end_leases():
    past = timezone.now() - timedelta(seconds=1)
    StripeWebhookEvent.objects.filter(state="processing").update(
        lease_expires_at=past, next_attempt_at=past
    )


def test_one_call_processes_more_than_a_batch(backlog, monkeypatch):
    monkeypatch.setattr(inbox, "BATCH", 3)
    backlog(8)

    assert inbox.process_due() == 8

    assert set(_states().values()) == {"processed"}
    assert StripePaymentIntent.objects.filter(status="succeeded").count() == 8
    assert set(StripeWebhookEvent.objects.values_list("attempts", flat=True)) == {1}


@pytest.fixture
def no_order_by_chance():
    """Without ORDER BY, rows do not come in the order of the index."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA reverse_unordered_selects = ON")
        else:
            cursor.execute("SET LOCAL enable_indexscan = OFF; SET LOCAL enable_bitmapscan = OFF")
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA reverse_unordered_selects = OFF")


def test_the_oldest_comes_first(backlog, no_order_by_chance):
    backlog(4)
    due_at = timezone.now() - timedelta(hours=1)
    StripeWebhookEvent.objects.update(next_attempt_at=due_at)
    for age, number in enumerate((2, 0, 3)):  # written in another order than they are due
        StripeWebhookEvent.objects.filter(event_id=f"evt_{number}").update(
            next_attempt_at=due_at - timedelta(minutes=(1, 3, 2)[age])
        )
    assert [event.event_id for event in claiming.claim_batch(2)] == ["evt_0", "evt_3"]
    assert [event.event_id for event in claiming.claim_batch(2)] == ["evt_2", "evt_1"]


def test_events_due_at_the_same_time_are_processed_in_order_of_arrival(backlog, no_order_by_chance):
    backlog(3)
    due_at = timezone.now() - timedelta(hours=1)
    StripeWebhookEvent.objects.update(next_attempt_at=due_at)
    for age, number in enumerate((1, 2, 0)):
        StripeWebhookEvent.objects.filter(event_id=f"evt_{number}").update(
            received_at=due_at - timedelta(minutes=age)
        )
    assert [event.event_id for event in claiming.claim_batch(3)] == ["evt_0", "evt_2", "evt_1"]


@pytest.mark.django_db(transaction=True)
def test_storing_and_claiming_take_one_statement_each(
    customer, make_event, django_assert_num_queries
):
    event = make_event()
    with django_assert_num_queries(1):
        assert inbox.store(event, EventSource.WEBHOOK)
    with django_assert_num_queries(1):
        (claimed,) = claiming.claim_batch(50)

    assert (claimed.state, claimed.attempts) == ("processing", 1)
    assert claimed == StripeWebhookEvent.objects.get()
    assert claimed.payload == StripeWebhookEvent.objects.get().payload


def test_a_poison_event_does_not_block_others(backlog, broken):
    backlog(4)

    assert inbox.process_due() == 4

    assert _states() == {
        "evt_0": "processed",
        "evt_1": "failed",
        "evt_2": "processed",
        "evt_3": "processed",
    }
    assert StripeWebhookEvent.objects.get(state="failed").error == "ValueError: poison"


def test_a_bounded_call_stops_between_batches(backlog, monkeypatch):
    monkeypatch.setattr(inbox, "BATCH", 3)
    backlog(5)

    assert inbox.process_due(seconds=0) == 3
    assert inbox.process_due(seconds=0) == 2


def test_events_without_time_for_a_read_are_released_untried(backlog):
    backlog(2)
    StripeWebhookEvent.objects.filter(event_id="evt_0").update(api_version="2020-08-27")

    assert inbox.process_due(seconds=0) == 2

    given_back = StripeWebhookEvent.objects.get(event_id="evt_0")
    assert (given_back.state, given_back.attempts) == ("pending", 0)
    assert given_back.lease_expires_at is None
    assert given_back.next_attempt_at <= timezone.now()
    assert _states()["evt_1"] == "processed"


def test_the_claims_of_a_killed_worker_come_back_one_by_one(backlog):
    backlog(3)
    assert len(claiming.claim_batch(50)) == 3
    assert claiming.claim_orphan() is None
    _end_leases()

    assert claiming.claim_batch(50) == []
    first = claiming.claim_orphan()
    second = claiming.claim_orphan()

    assert first.event_id != second.event_id
    assert (first.attempts, second.attempts) == (2, 2)
    _end_leases()
    assert inbox.process_due() == 3
    assert set(_states().values()) == {"processed"}


def test_an_event_that_kills_its_worker_is_finally_parked(backlog, caplog):
    backlog(2)
    assert len(claiming.claim_batch(50)) == 2
    StripeWebhookEvent.objects.filter(event_id="evt_1").update(attempts=claiming.MAXIMUM_ATTEMPTS)
    _end_leases()

    inbox.process_due()

    assert _states() == {"evt_0": "processed", "evt_1": "dead"}
    assert "worker died" in StripeWebhookEvent.objects.get(event_id="evt_1").error
    assert "webhook_kills_its_worker" in caplog.text


def test_a_worker_that_lost_a_batch_does_not_mark_it(backlog):
    backlog(2)
    slow = claiming.claim_batch(50)
    _end_leases()
    claiming.claim_orphan()

    for event in slow:
        event.state = "processed"
    claiming.finish(*slow)

    assert sorted(_states().values()) == ["processed", "processing"]


def test_events_are_applied_with_few_statements(backlog, django_assert_max_num_queries):
    backlog(20)

    # Each event is new: its payment is searched, written and read, and the change recorded.
    with django_assert_max_num_queries(20 * 10 + 20):
        inbox.process_due()

    assert set(_states().values()) == {"processed"}
    assert not StatusChange.objects.filter(signaled_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_no_event_is_given_to_two_workers(backlog, monkeypatch):
    monkeypatch.setattr(inbox, "BATCH", 3)
    backlog(30)

    counts = run_together(3, lambda _: inbox.process_due())

    assert sum(counts) == 30
    assert set(StripeWebhookEvent.objects.values_list("attempts", "state")) == {(1, "processed")}
    assert StatusChange.objects.count() == 30


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_an_event_that_another_worker_holds_is_neither_claimed_nor_waited_for(backlog):
    backlog(3)
    held, *others = StripeWebhookEvent.objects.order_by("pk")
    with transaction.atomic():
        StripeWebhookEvent.objects.select_for_update().get(pk=held.pk)
        [claimed] = run_together(1, lambda _: claiming.claim_batch(50))
        [alone] = run_together(1, lambda _: claiming.claim(held.pk))

    assert {event.pk for event in claimed} == {event.pk for event in others}
    assert alone is None
    assert [event.pk for event in claiming.claim_batch(50)] == [held.pk]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize("wrong_by", [timedelta(minutes=10), timedelta(minutes=-10)])
def test_a_wrong_clock_of_this_machine_neither_steals_nor_keeps_a_claim(backlog, wrong_by):
    with time_machine.travel(timezone.now() + wrong_by):
        backlog(2)
        assert len(claiming.claim_batch(50)) == 2
        assert claiming.claim_orphan() is None  # it would be free after the lease

    for event in StripeWebhookEvent.objects.all():
        assert timedelta() < event.lease_expires_at - timezone.now() <= claiming.LEASE


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_callers_transaction_waits_for_the_disk(commits_wait):
    def show():
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return cursor.fetchone()[0]

    with transaction.atomic():
        claiming.claim_batch(1)
        assert show() == "on"
        with transaction.atomic():
            claiming.relax_durability()
        assert show() == "on"
    with transaction.atomic():
        claiming.relax_durability()
        assert show() == "off"
    assert show() == "on"


@pytest.fixture
def at_last_attempt(customer, make_event, settings):
    """An event of a payment that must be read, in its last attempt but one."""
    event = make_event("charge.succeeded")
    charge = {
        "id": "ch_1",
        "object": "charge",
        "payment_intent": "pi_unknown",
        "customer": "cus_alice",
        "status": "succeeded",
    }
    inbox.store(event | {"data": {"object": charge}}, EventSource.WEBHOOK)
    StripeWebhookEvent.objects.update(attempts=inbox.MAXIMUM_ATTEMPTS - 1)
    return StripeWebhookEvent.objects.get()


def test_an_event_does_not_die_because_stripe_is_unreachable(at_last_attempt, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    for attempt in range(3):
        assert inbox.process(at_last_attempt.pk) == "failed"
        at_last_attempt.refresh_from_db()
        assert at_last_attempt.attempts == inbox.MAXIMUM_ATTEMPTS + attempt
        assert at_last_attempt.next_attempt_at > timezone.now()


def test_an_event_that_stripe_refuses_dies_with_its_last_attempt(at_last_attempt, sandbox):
    """The payment does not exist."""
    assert inbox.process(at_last_attempt.pk) == "dead"
    at_last_attempt.refresh_from_db()
    assert at_last_attempt.next_attempt_at is None
