"""Real `manage.py payments_reconcile` processes: two at the same time, and one that dies."""

import subprocess
import sys
import threading

import pytest

from payments_graphql.models import EventCursor, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.reconciliation import reconcile
from tests.faulty_stripe import HANG
from tests.subprocesses import get_environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start(settings):
    processes = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "payments_reconcile"],
            env=get_environment(),
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def paid_without_news(service, alice, dashboard, link):
    """Twelve payments that are unpaid in our rows, without events to pull."""
    for _ in range(12):
        assert service.create_payment_intent(user=alice, amount=20, currency="USD")["success"]
    reconcile()
    for intent in StripePaymentIntent.objects.all():
        dashboard.v1.payment_intents.confirm(
            intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
        )


def _hang_at(link, beginning: str, number: int) -> threading.Event:
    """The request with that number to that path gets no answer. The event is set when it
    arrives."""
    came = threading.Event()
    seen = []
    choose = link.choose

    def hang(method):
        path = link.received[-1][1]
        if path.startswith(beginning):
            seen.append(path)
            if len(seen) == number:
                came.set()
                return HANG
        return choose(method)

    link.choose = hang
    return came


def test_two_processes_read_each_row_once(paid_without_news, make_due, link, start, reads):
    make_due()
    EventCursor.objects.update(read_until="2099-01-01T00:00:00Z")  # nothing is pulled
    link.received.clear()

    processes = [start(), start()]

    assert [process.wait(120) for process in processes] == [0, 0]
    paths = [path.split("?")[0] for path in reads("/v1/payment_intents/")]
    assert len(paths) == len(set(paths)) == 12
    assert set(StripePaymentIntent.objects.values_list("status", flat=True)) == {"succeeded"}


def test_one_that_is_killed_while_it_reads_rows_loses_none(
    paid_without_news, make_due, link, start
):
    make_due()
    EventCursor.objects.update(read_until="2099-01-01T00:00:00Z")
    came = _hang_at(link, "/v1/payment_intents/", 5)
    process = start()
    assert came.wait(120)
    process.kill()
    process.wait(10)
    assert StripePaymentIntent.objects.filter(status="succeeded").count() == 4

    assert reconcile().rows_read == 7
    make_due()  # the lease of the row that it held ends
    assert reconcile().rows_read == 1
    assert set(StripePaymentIntent.objects.values_list("status", flat=True)) == {"succeeded"}


def test_one_that_is_killed_while_it_pulls_loses_no_event(dashboard, link, start):
    customer = dashboard.v1.customers.create({})
    reconcile()
    for number in range(120):
        dashboard.v1.customers.update(customer.id, {"name": str(number)})
    before = EventCursor.objects.get().read_until
    came = _hang_at(link, "/v1/events", 2)
    process = start()
    assert came.wait(120)
    process.kill()
    process.wait(10)
    assert StripeWebhookEvent.objects.count() == 100  # the first page
    assert EventCursor.objects.get().read_until == before

    assert reconcile().events_pulled == 20
    assert StripeWebhookEvent.objects.count() == 120
