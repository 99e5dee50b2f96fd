"""Many callers wait for a slow Stripe: none of them holds a connection, a transaction or a lock."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import pytest
from django.db import connection, connections, transaction

from payments_graphql.models import Booking, Operation
from tests.faults.client import PATIENCE
from tests.faults.conftest import FULL
from tests.faults.mutations import CREATE
from tests.faults.site import point_at
from tests.faulty_stripe import faulty_stripe
from tests.sandbox.waiting import wait_until

MANY = 80 if FULL else 16


class SlowStripe:
    """Holds its answers back until they are released, at the latest at the end of its `with`
    block."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.waiting = 0
        self.released = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.released.set()

    def hold(self) -> None:
        with self._lock:
            self.waiting += 1
        assert self.released.wait(PATIENCE)


@pytest.fixture
def slow_stripe(sandbox) -> Iterator[SlowStripe]:
    with faulty_stripe(sandbox.url) as link, SlowStripe(link.url) as slow:
        link.before_answer = slow.hold
        yield slow


def _assert_nothing_is_held() -> None:
    """No transaction is open in the test's database, and anyone may write."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            assert cursor.fetchone() == (0,)
        else:
            cursor.execute("PRAGMA busy_timeout=0")  # a writer that does not wait
    with transaction.atomic():
        Booking.objects.select_for_update(nowait=connection.vendor == "postgresql").get()
        Booking.objects.update(description="Lisbon")
    connection.close()


def test_those_who_wait_hold_no_connection(
    scene, service, sandbox, slow_stripe, settings, assert_invariants
):
    settings.PAYMENTS_STRIPE_CONCURRENCY = 2 * MANY  # since one person may have half of the places
    settings.PAYMENTS_REQUEST_TIMEOUT = settings.PAYMENTS_OPERATION_TIMEOUT = PATIENCE
    settings.PAYMENTS_STRIPE_TIMEOUT = (20, PATIENCE / 2)
    settings.STRIPE_API_BASE = slow_stripe.url
    theirs = []

    def pay(number):
        theirs.append(connections["default"])
        try:
            return service.create_payment_intent(
                user=scene.alice, amount=10, currency="USD", idempotency_key=f"key-{number}"
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool, slow_stripe:
        results = [pool.submit(pay, number) for number in range(MANY)]
        wait_until(
            lambda: slow_stripe.waiting == MANY or any(one.done() for one in results), PATIENCE
        )
        assert [one.result() for one in results if one.done()] == []

        assert len(theirs) == MANY
        assert [one.connection for one in theirs if one.connection is not None] == []
        _assert_nothing_is_held()
        assert Operation.objects.filter(state="calling").count() == MANY
        connection.close()
        if connection.vendor == "postgresql":
            stats = connection.pool.get_stats()
            assert stats["pool_available"] == stats["pool_size"]
        slow_stripe.released.set()
        assert all(result.result(PATIENCE)["success"] for result in results)
    settings.STRIPE_API_BASE = sandbox.url
    assert_invariants()


def test_a_server_answers_others_meanwhile(
    site, scene, tokens, sandbox, slow_stripe, count_effects, assert_invariants
):
    """Its threads are not used up: a caller without a place is told at once to retry."""
    point_at(site.to_stripe, slow_stripe.url)
    before = count_effects(CREATE)

    def pay(number):
        asked = {"idempotencyKey": f"key-{number}", "amount": "10", "currency": "USD"}
        return site.ask(CREATE.body(asked), tokens["alice"]).payload(CREATE)

    with ThreadPoolExecutor(MANY) as pool, slow_stripe:
        results = [pool.submit(pay, number) for number in range(MANY)]
        wait_until(
            lambda: slow_stripe.waiting + sum(one.done() for one in results) == MANY, PATIENCE
        )

        assert 0 < slow_stripe.waiting < 8
        _assert_nothing_is_held()
        me = site.ask({"query": "{ me { username } }"}, tokens["alice"])
        assert me.body["data"]["me"]["username"] == "alice"
        told = [error for one in results if one.done() for error in one.result()["errors"]]
        assert {error["code"] for error in told} == {"RATE_LIMITED"}
        slow_stripe.released.set()
        payloads = [result.result(PATIENCE) for result in results]
    made = [payload for payload in payloads if not payload["errors"]]
    assert count_effects(CREATE) - before == len(made) == slow_stripe.waiting
    assert_invariants()
