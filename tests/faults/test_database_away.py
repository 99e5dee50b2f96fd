"""The database goes away at each step of a request, its disk is full, or no connection is left.

Stripe is never called without a record. A client is told to retry with the same key. Webhooks get a
503, so that Stripe sends them again. Once the database is back, everything is settled.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connection

from payments_graphql.models import Operation, StripeWebhookEvent
from tests.conftest import WEBHOOK_PATH
from tests.faults import disorders
from tests.faults.client import Answer
from tests.faults.conftest import FULL
from tests.faults.mutations import CONFIRM, MUTATIONS, REFUND, Mutation
from tests.faults.passing_time import reconcile_twice
from tests.faults.relay import Relay
from tests.faults.site import sign
from tests.faulty_stripe import faulty_stripe
from tests.sandbox.waiting import wait_until
from tests.subprocesses import get_database_url

only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's")
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's")
each_mutation = pytest.mark.parametrize(
    "mutation", MUTATIONS if FULL else [CONFIRM, REFUND], ids=str
)

_RECORD = b'INSERT INTO "payments_graphql_operation"'
_SETTLE = b'UPDATE "payments_graphql_operation"'


@pytest.fixture
def cable() -> Iterator[Relay]:
    """The connection between a process of the site and PostgreSQL."""
    address = urlsplit(get_database_url())
    cable = Relay((str(address.hostname), int(address.port or 5432)))
    yield cable
    cable.close()


def _at_the_end_of(cable: Relay) -> dict[str, object]:
    """Waits for a connection only as long as the test needs."""
    options = connection.settings_dict["OPTIONS"]
    impatient = options | {"pool": options["pool"] | {"timeout": 1}}
    return {"HOST": "127.0.0.1", "PORT": str(cable.port), "OPTIONS": impatient}


def _cut_at(cable: Relay, statement: bytes) -> None:
    cable.watch = lambda data: cable.cut() if statement in data else None


def _cut_at_commit_of(cable: Relay, statement: bytes, *, arrives: bool) -> None:
    seen: list[str] = []

    def watch(data: bytes) -> None:
        if seen and b"COMMIT" in data:
            if not arrives:
                cable.cut()
            seen.append("commit")
        elif statement in data:
            seen.append("statement")

    def watch_answers(data: bytes) -> None:
        if "commit" in seen:
            cable.cut()

    cable.watch, cable.watch_answers = watch, watch_answers


DOWN: dict[str, tuple[Callable[[Relay], object], bool, bool]] = {
    # What happens to the relay; whether there is a record then; whether Stripe was called
    "from_the_start": (Relay.cut, False, False),
    "at_the_record": (lambda cable: _cut_at(cable, _RECORD), False, False),
    "at_its_commit": (
        lambda cable: _cut_at_commit_of(cable, _RECORD, arrives=False), False, False,
    ),
    "after_its_commit": (
        lambda cable: _cut_at_commit_of(cable, _RECORD, arrives=True), True, False,
    ),
    "while_stripe_works": (lambda cable: None, True, True),
    "at_the_settle": (lambda cable: _cut_at(cable, _SETTLE), True, True),
    "at_the_commit_of_the_settle": (
        lambda cable: _cut_at_commit_of(cable, _SETTLE, arrives=False), True, True,
    ),
    "after_the_commit_of_the_settle": (
        lambda cable: _cut_at_commit_of(cable, _SETTLE, arrives=True), True, True,
    ),
}  # fmt: skip


@pytest.fixture
def fail(ask, scene, sandbox, count_effects):
    """Sends a request while something is wrong. Returns the input, and the number of effects before
    it."""

    def fail(mutation: Mutation, *, recorded: bool, asked_stripe: bool, **values):
        asked = mutation.prepare(scene)
        before, operations = count_effects(mutation), Operation.objects.count()
        sent = len(sandbox.requests("POST"))

        answer: Answer = ask(mutation, asked, **values)

        answer.assert_says_try_again()
        assert len(sandbox.requests("POST")) - sent == asked_stripe
        assert Operation.objects.count() - operations == recorded
        return asked, before

    return fail


@pytest.fixture
def assert_settled(ask_until_settled, count_effects, assert_invariants):
    """Settled by reconcile. Then the caller's retry gets the result."""

    def assert_settled(mutation: Mutation, asked, before: int) -> None:
        reconcile_twice()
        payload = ask_until_settled(mutation, asked)
        assert mutation.get_object(payload).get("status", "") == mutation.done
        assert count_effects(mutation) - before == 1
        assert_invariants()

    return assert_settled


@only_postgresql
@each_mutation
@pytest.mark.parametrize("when", DOWN)
def test_the_database_goes_down(fail, assert_settled, cable, sandbox, mutation, when):
    prepare, recorded, asked_stripe = DOWN[when]
    with faulty_stripe(sandbox.url) as link:
        if when == "while_stripe_works":
            link.before_answer = cable.cut
        prepare(cable)
        asked, before = fail(
            mutation,
            recorded=recorded,
            asked_stripe=asked_stripe,
            database=_at_the_end_of(cable),
            STRIPE_API_BASE=link.url,
        )
    assert cable.is_cut

    assert_settled(mutation, asked, before)


@only_sqlite
@each_mutation
def test_the_disk_is_full(fail, assert_settled, mutation):
    asked, before = fail(mutation, recorded=False, asked_stripe=False, disorder=disorders.disk_full)

    assert_settled(mutation, asked, before)


@only_sqlite
@each_mutation
def test_the_disk_is_full_when_stripe_answers(fail, assert_settled, mutation):
    asked, before = fail(
        mutation, recorded=True, asked_stripe=True, disorder=disorders.disk_full_once_answered
    )

    assert_settled(mutation, asked, before)


@only_postgresql
@each_mutation
def test_no_connection_is_left(fail, assert_settled, mutation):
    asked, before = fail(
        mutation, recorded=False, asked_stripe=False, disorder=disorders.pool_exhausted
    )

    assert_settled(mutation, asked, before)


@only_postgresql
@each_mutation
def test_no_connection_is_left_when_stripe_answers(fail, assert_settled, mutation):
    asked, before = fail(
        mutation, recorded=True, asked_stripe=True, disorder=disorders.pool_exhausted_once_answered
    )

    assert_settled(mutation, asked, before)


@pytest.mark.parametrize(
    "disorder",
    [
        pytest.param(disorders.disk_full, marks=only_sqlite),
        pytest.param(disorders.pool_exhausted, marks=only_postgresql),
    ],
)
def test_a_webhook_that_cannot_be_stored_gets_a_503(
    workers, scene, dashboard, events, deliver, assert_invariants, disorder
):
    intent = scene.create_intent()
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    news = events()
    body, headers = sign(news[-1])

    answer = workers.ask(body, path=WEBHOOK_PATH, headers=headers, disorder=disorder)

    assert answer.status == 503
    assert not StripeWebhookEvent.objects.exists()
    deliver(*news)  # Stripe sends it again
    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert_invariants()


@only_postgresql
def test_a_running_server_comes_back_with_its_database(
    site, scene, tokens, events, assert_invariants
):
    asked = CONFIRM.prepare(scene)
    site.to_database.cut()
    try:
        site.ask(CONFIRM.body(asked), tokens["alice"]).assert_says_try_again()
        assert site.deliver(events()[-1]).status_code == 503
    finally:
        site.to_database.mend()

    def is_back() -> bool:
        return site.deliver(events()[-1]).status_code == 200

    wait_until(is_back, 120)  # the pool retries with increasing pauses
    payload = site.ask(CONFIRM.body(asked), tokens["alice"]).payload(CONFIRM)
    assert payload["paymentIntent"]["status"] == "SUCCEEDED"
    assert_invariants()
