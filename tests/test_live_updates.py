"""Which viewers are woken by what, and that no change is missed. See Note [Live updates]."""

import asyncio
import threading
import uuid

import pytest
from django.db import connection, transaction
from django.db.models import F

from payments_graphql import live_updates
from payments_graphql.live_updates import Hub, Watch
from payments_graphql.models import StripeCustomer, StripePaymentIntent

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 20
only_postgresql = pytest.mark.skipif(
    "sqlite" in str(connection.settings_dict["ENGINE"]), reason="nothing to listen to"
)


class Reader:
    """Returns the configured versions, so that only announcements wake viewers."""

    def __init__(self) -> None:
        self.versions: dict = {}
        self.count = 0
        self.fails = False

    async def __call__(self, ids):
        self.count += 1
        if self.fails:
            raise OSError("the database is away")
        return {pk: self.versions.get(pk, -1) for pk in ids}


@pytest.fixture
def intent(alice):
    customer = StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")
    return StripePaymentIntent.objects.create(
        customer=customer, stripe_payment_intent_id="pi_1", amount=100, currency="USD"
    )


def announce(intent, *, rolled_back=False):
    def write():
        with transaction.atomic():
            rows = StripePaymentIntent.objects.filter(pk=intent.pk)
            rows.update(version=live_updates.announcing(7, intent.pk))
            if rolled_back:
                transaction.set_rollback(True)

    return _in_thread(write)


async def _in_thread(function):
    """With its own connection, like another request."""

    def run():
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def watching(scenario, intent):
    """Runs `scenario(hub, reader, watch)` while the hub listens."""

    async def run():
        reader = Reader()
        hub = Hub(reader)
        watch = Watch(hub)
        watch.follow(intent.pk)
        async with hub.serving(watch):
            if connection.vendor == "postgresql":
                while not reader.count:  # after LISTEN it reads at once
                    await asyncio.sleep(0.01)
            result = await scenario(hub, reader, watch)
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)
        return result

    return asyncio.run(asyncio.wait_for(run(), SECONDS))


def test_a_change_wakes_the_viewers_of_that_payment(intent):
    async def scenario(hub, reader, watch):
        other = Watch(hub)
        other.follow(uuid.uuid4())
        await announce(intent)
        woken = await watch.wait(SECONDS), await other.wait(0.1)
        other.close()
        return woken

    assert watching(scenario, intent) == (True, False)
    intent.refresh_from_db()
    assert intent.version == 7


def test_what_was_rolled_back_wakes_nobody(intent):
    async def scenario(hub, reader, watch):
        await announce(intent, rolled_back=True)
        return await watch.wait(0.3)

    assert watching(scenario, intent) is False


def test_nobody_is_woken_before_the_commit(intent):
    async def scenario(hub, reader, watch):
        written, may_commit = threading.Event(), threading.Event()

        def write():
            with transaction.atomic():
                rows = StripePaymentIntent.objects.filter(pk=intent.pk)
                rows.update(version=live_updates.announcing(7, intent.pk))
                written.set()
                may_commit.wait(SECONDS)

        writing = asyncio.create_task(_in_thread(write))
        await asyncio.to_thread(written.wait, SECONDS)
        before = await watch.wait(0.3)
        may_commit.set()
        await writing
        return before, await watch.wait(SECONDS)

    assert watching(scenario, intent) == (False, True)


def test_a_change_that_nobody_announced_is_found_by_reading(intent):
    async def scenario(hub, reader, watch):
        watch.version = 3
        reader.versions[intent.pk] = 3
        before = await watch.wait(live_updates.RE_READ_EVERY * 1.5)
        reader.versions[intent.pk] = 4
        return before, await watch.wait(SECONDS)

    assert watching(scenario, intent) == (False, True)


def test_reading_goes_on_after_it_failed(intent):
    async def scenario(hub, reader, watch):
        reader.fails = True
        failed = reader.count + 1
        while reader.count < failed:
            await asyncio.sleep(0.01)
        reader.fails = False
        reader.versions[intent.pk] = 4
        return await watch.wait(SECONDS)

    assert watching(scenario, intent) is True


@only_postgresql
def test_a_lost_connection_is_reopened_and_missed_changes_are_read(intent):
    def terminate():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
            return len(cursor.fetchall())

    async def scenario(hub, reader, watch):
        count = reader.count
        terminated = await _in_thread(terminate)
        while reader.count == count:
            await asyncio.sleep(0.01)
        await announce(intent)
        return terminated, await watch.wait(SECONDS)

    assert watching(scenario, intent) == (1, True)


@only_postgresql
def test_a_change_by_another_process_wakes_at_once(intent, monkeypatch):
    """Another process does not know our hub, and nothing is found by reading here."""
    monkeypatch.setattr("payments_graphql.live_updates.writing.list_hubs", list)

    async def scenario(hub, reader, watch):
        await announce(intent)
        return await watch.wait(SECONDS)

    assert watching(scenario, intent) is True


@only_postgresql
def test_other_messages_on_the_channel_are_ignored(intent):
    def shout():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('payments_graphql_updates', 'nonsense')")

    async def scenario(hub, reader, watch):
        await _in_thread(shout)
        await announce(intent)
        return await watch.wait(SECONDS)

    assert watching(scenario, intent) is True


def test_a_row_that_moved_announces_nothing(intent):
    rows = StripePaymentIntent.objects.filter(pk=intent.pk, version=F("version") + 1)
    assert rows.update(version=live_updates.announcing(7, intent.pk)) == 0
