"""Events are pulled once, from a cursor that never moves backward."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from payments_graphql import reconciliation
from payments_graphql.models import EventCursor, StripeWebhookEvent
from payments_graphql.reconciliation import pulling
from payments_graphql.stripe_client import StripeCallError
from payments_graphql.webhooks import inbox
from tests.faulty_stripe import BAD_GATEWAY
from tests.threads import run_together


@pytest.fixture(autouse=True)
def events_at_once():
    """Switches the shortcut of other tests off: reads day by day, like a real site."""


@pytest.fixture
def make_events(dashboard, db):
    """Creates the given number of events that are handled."""
    customer = dashboard.v1.customers.create({})

    def make_events(count: int) -> None:
        for number in range(count):
            dashboard.v1.customers.update(customer.id, {"name": str(number)})

    return make_events


def test_an_idle_site_needs_one_call(make_events, link, reads):
    make_events(1)
    reconciliation.pull_events()
    link.received.clear()

    assert reconciliation.pull_events() == 0
    assert len(reads("/v1/events")) == 1


def test_the_first_round_reads_thirty_days_day_by_day_the_oldest_first(db, link, reads):
    reconciliation.pull_events()

    asked = [parse_qs(urlsplit(path).query) for path in reads("/v1/events")]
    begins = [int(one["created[gte]"][0]) for one in asked]
    thirty_days_ago = (timezone.now() - timedelta(days=30)).timestamp()
    assert begins == sorted(begins)
    assert abs(begins[0] - thirty_days_ago) < 60
    ends = [int(one["created[lt]"][0]) for one in asked[:-1]]
    assert ends == begins[1:]  # no second is left out between two slices
    assert "created[lt]" not in asked[-1]


def test_what_was_read_before_a_crash_is_not_read_again(db, link, reads, monkeypatch):
    """Ten days are read, then the connection breaks. The next round continues there."""
    slices = []

    def pull(begin, end):
        slices.append(begin)
        if len(slices) == 11:
            raise KeyboardInterrupt
        return pulled(begin, end)

    pulled = pulling._pull_slice
    with monkeypatch.context() as patched:
        patched.setattr(pulling, "_pull_slice", pull)
        with pytest.raises(KeyboardInterrupt):
            reconciliation.pull_events()
    link.received.clear()

    reconciliation.pull_events()

    begin = parse_qs(urlsplit(reads("/v1/events")[0]).query)["created[gte]"][0]
    assert int(begin) == int((slices[10] - pulling.OVERLAP).timestamp())


def test_a_crash_in_the_middle_loses_nothing(make_events, monkeypatch):
    make_events(150)
    EventCursor.objects.create(read_until=timezone.now())
    before = EventCursor.objects.get().read_until
    stored = []

    def store(event, source):
        if len(stored) == 120:
            raise OperationalError("the server closed the connection")
        stored.append(event["id"])
        return kept(event, source)

    kept = inbox.store
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "store", store)
        with pytest.raises(OperationalError):
            reconciliation.pull_events()
    assert EventCursor.objects.get().read_until == before

    assert reconciliation.pull_events() == 30
    assert StripeWebhookEvent.objects.count() == 150


def test_a_page_that_cannot_be_read_leaves_the_cursor(make_events, link):
    make_events(120)
    before = timezone.now() - timedelta(minutes=1)
    EventCursor.objects.create(read_until=before)
    link.faults.extend([None, BAD_GATEWAY])

    with pytest.raises(StripeCallError):
        reconciliation.pull_events()
    assert EventCursor.objects.get().read_until == before
    reconciliation.pull_events()
    assert StripeWebhookEvent.objects.count() == 120


def test_the_cursor_never_goes_backwards(db, sandbox, monkeypatch):
    """Another machine, which began later, finishes before this one."""
    ahead = timezone.now() + timedelta(minutes=1)

    def store(events):
        EventCursor.objects.update(read_until=ahead)
        return 0

    EventCursor.objects.create(read_until=timezone.now())
    monkeypatch.setattr(pulling, "batched", lambda events, size: [tuple(events)])
    monkeypatch.setattr(pulling, "_store_unknown", store)
    reconciliation.pull_events()

    assert EventCursor.objects.get().read_until == ahead


def test_the_cursor_is_on_stripes_clock(db, sandbox, monkeypatch):
    """This machine's clock is ten minutes ahead: events of those minutes must still be read."""
    real = timezone.now()
    monkeypatch.setattr(pulling.timezone, "now", lambda: real + timedelta(minutes=10))
    reconciliation.pull_events()

    assert EventCursor.objects.get().read_until <= real + timedelta(minutes=5)


def test_an_event_that_the_database_rejects_does_not_block_others(make_events, monkeypatch):
    make_events(3)
    refused = []

    def store(event, source):
        if not refused:
            refused.append(event["id"])
            raise DataError("unsupported Unicode escape sequence")
        return kept(event, source)

    kept = inbox.store
    monkeypatch.setattr(inbox, "store", store)

    assert reconciliation.pull_events() == 2
    assert EventCursor.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_machines_pull_at_once(make_events):
    make_events(30)

    pulled = run_together(4, lambda number: reconciliation.pull_events())

    assert sum(pulled) == 30
    assert StripeWebhookEvent.objects.count() == 30
    assert EventCursor.objects.count() == 1
