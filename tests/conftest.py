"""The users, and everything that plays Stripe: its API, Dashboard, webhooks and the bank's page."""

import io
import itertools
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import orjson
import psycopg
import pytest
import requests
import stripe
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from payments_graphql import mirror, rate_limits
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.reconciliation import pulling, rounds
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import StripeService
from payments_graphql.stripe_client import API_VERSION

WEBHOOK_PATH = "/api/stripe/webhooks/stripe/"
HERE = Path(__file__).parent
SHARED = os.environ.get("TEST_CASES") == "shared"
"""Whether both databases are tested, by .ci/test."""
_AROUND = {
    *("accounts", "admin", "demo", "docs", "erasing", "health", "management", "own_bookings"),
    *("problems", "schema"),
}
_TESTS_PER_VACUUM = 100
_tests = itertools.count(1)
_DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(trylast=True)  # after pytest-django's order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a database other than SQLite, leaves out tests that use no database or do not depend on
    it: they already ran on SQLite. Some are shared between the databases: see `_is_shared`."""
    is_sqlite = connection.vendor == "sqlite"
    left_out = set() if is_sqlite else {item for item in items if not _uses_database(item)}
    if SHARED:
        cases = [item for item in items if _is_shared(item) and _uses_database(item)]
        left_out.update(cases[is_sqlite::2])
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    items[:] = _keep_together(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _keep_together(items: list[Any], processes: int) -> list[Any]:
    """Tests for which something is set up once, such as a served site, begin the part of the list
    that pytest-xdist gives to a process. What it moves to another is taken from the end."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(_find_group(item), []).append(item)
    others = groups.pop("", [])
    rooms: dict[str, list[Any]] = {}
    for name in sorted(groups):
        rooms.setdefault(name.split("/")[1], []).extend(groups[name])
    starts: list[list[Any]] = [[] for _ in range(processes)]
    for room in sorted(rooms.values(), key=len, reverse=True):
        min(starts, key=len).extend(room)
    ordered: list[Any] = []
    for number, start in enumerate(starts):
        share = (len(items) - len(ordered)) // (processes - number)
        more = max(share - len(start), 0)
        ordered += start + others[:more]
        others = others[more:]
    return ordered


def _find_group(item: Any) -> str:
    """Where it is set up: the folder of the package, even if a module of it sets up more."""
    shared = {
        definition.scope: definition.baseid
        for definitions in item._fixtureinfo.name2fixturedefs.values()
        for definition in definitions
        if definition.scope in ("package", "module")
    }
    return shared.get("package") or shared.get("module") or ""


def _is_shared(item: Any) -> bool:
    """Every second one runs on each database, unless it is skipped on one. The rooms around the
    engine show and explain its rows, with the same SQL on both."""
    is_of_one_database = item.get_closest_marker("skipif") is not None
    is_around = item.path.relative_to(HERE).parts[0] in _AROUND
    return not is_of_one_database and (is_around or hasattr(item, "callspec"))


def _uses_database(item: Any) -> bool:
    """Whether a test uses the database: by a fixture, a mark or, for Django's test cases, a
    class."""
    return item.get_closest_marker("any_database") is None and (
        not _DATABASE.isdisjoint(item.fixturenames)
        or item.get_closest_marker("django_db") is not None
        or issubclass(item.cls or object, TransactionTestCase)
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Makes emptying the tables after a committing test cheap. Keeps content types and permissions,
    which Django would create again. PostgreSQL has all its indexes, so that no check complains."""
    with django_db_blocker.unblock():
        call_command("payments_search_indexes", verbosity=0, stdout=io.StringIO())
    with (
        patch.object(connection.ops, "sql_flush", _delete_rows),
        patch.object(flush, "emit_post_migrate_signal"),
    ):
        yield


def _delete_rows(style: Any, tables: list[str], **_: Any) -> list[str]:
    """TRUNCATE would create new files for every table and index."""
    kept = (ContentType._meta.db_table, Permission._meta.db_table)
    statements = [f'DELETE FROM "{table}"' for table in tables if table not in kept]
    return ["; ".join(statements)] if connection.vendor == "postgresql" else statements


@pytest.fixture(autouse=True)
def _no_dead_rows() -> None:
    """Removes, now and then, what earlier tests rolled back or deleted. Where PostgreSQL does not
    do this by itself, later tests would read through ten thousands of dead rows."""
    if connection.vendor == "postgresql" and next(_tests) % _TESTS_PER_VACUUM == 0:
        names = {
            "dbname": "NAME",
            "host": "HOST",
            "port": "PORT",
            "user": "USER",
            "password": "PASSWORD",
        }
        named = {name: connection.settings_dict[ours] for name, ours in names.items()}
        with psycopg.connect(**named, autocommit=True) as server:
            server.execute("VACUUM")


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """After a request, the thread keeps the language that `LocaleMiddleware` has activated."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def events_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the first round of `payments_reconcile` read thirty days of events in one request
    instead of thirty, since no test site has been reconciled before."""
    monkeypatch.setattr(pulling, "SLICE", pulling.HISTORY)


@pytest.fixture(autouse=True)
def figures_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """No round of `payments_reconcile` counts the dashboard's figures, which takes a third of its
    time here: each test site would count from its beginning. `tests/figures` has them counted."""
    monkeypatch.setattr(rounds, "_count_figures", lambda: None)


@pytest.fixture
def fresh_counts() -> None:
    """Forgets counted requests in this process, and failed storages."""
    rate_limits._build_limiter.cache_clear()
    rate_limits._Outage.ends_at = 0.0


@pytest.fixture(autouse=True)
def fresh_receivers() -> None:
    """Forgets the receivers that other tests connected."""
    mirror.forget_receivers()


@pytest.fixture
def commits_wait() -> Iterator[None]:
    """For the disk, as in production; `settings.testing` has PostgreSQL not wait."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """A local Stripe for this test only, with its own requests, events and clock."""
    with Sandbox() as sandbox:
        settings.PAYMENTS_SANDBOX = sandbox
        settings.STRIPE_API_BASE = sandbox.url
        yield sandbox


@pytest.fixture
def dashboard(sandbox: Sandbox) -> stripe.StripeClient:
    """Someone else with the account's keys: the Dashboard, or another program."""
    return stripe.StripeClient(
        "sk_test_sandbox",
        stripe_version=API_VERSION,
        base_addresses={"api": sandbox.url, "files": sandbox.url},
    )


@pytest.fixture
def events(dashboard: stripe.StripeClient) -> Callable[..., list[dict[str, Any]]]:
    """Stripe's events so far, oldest first. `events("charge.succeeded")` selects a type."""

    def events(*types: str) -> list[dict[str, Any]]:
        page = dashboard.v1.events.list({"limit": 100})
        found = [event.to_dict() for event in page.auto_paging_iter()]
        return [event for event in reversed(found) if not types or event["type"] in types]

    return events


@pytest.fixture
def deliver(client: Any) -> Callable[..., Any]:
    """Sends events to the webhook endpoint like Stripe does. Returns the last answer."""

    def deliver(*events: dict[str, Any], secret: str = "whsec_testing") -> Any:
        for event in events:
            body = orjson.dumps(event).decode()
            signature = stripe.WebhookSignature.generate_signature_header(body, secret)
            answer = client.post(
                WEBHOOK_PATH,
                body,
                content_type="application/json",
                headers={"Stripe-Signature": signature},
            )
            assert answer.status_code == 200, answer.content
        return answer

    return deliver


@pytest.fixture
def authenticate(sandbox: Sandbox) -> Callable[[StripePaymentIntent, str], None]:
    """What the customer does on the bank's page: `"succeed"` or `"fail"`."""

    def authenticate(intent: StripePaymentIntent, outcome: str) -> None:
        address = f"{sandbox.url}/_sandbox/authenticate/{intent.stripe_payment_intent_id}"
        requests.post(address, json={"outcome": outcome}, timeout=5).raise_for_status()

    return authenticate


def _make_user(username: str, **values: Any) -> User:
    return get_user_model().objects.create_user(
        username=username, email=f"{username}@example.com", password="travel", **values
    )


@pytest.fixture
def alice(db: None) -> User:
    """She pays."""
    return _make_user("alice", first_name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    """Another customer."""
    return _make_user("bob", first_name="Bob")


@pytest.fixture
def sam(db: None) -> User:
    """Staff, who may capture, cancel and refund everyone's payments."""
    user = _make_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="payments_graphql"))
    return user


@pytest.fixture
def groups(db: None) -> None:
    """The groups that the migration creates. Emptying the tables has deleted them."""
    migration = import_module("payments_graphql.migrations.0002_groups")
    migration.create_groups(apps, SimpleNamespace(connection=connection))


def _join_staff(username: str, group: str) -> User:
    user = _make_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def sue(groups: None) -> User:
    """Support. Refunds customers."""
    return _join_staff("sue", "Support")


@pytest.fixture
def fay(groups: None) -> User:
    """Finance. Approves refunds."""
    return _join_staff("fay", "Finance")


@pytest.fixture
def erin(groups: None) -> User:
    """Engineer. Retries events."""
    return _join_staff("erin", "Engineer")


@pytest.fixture
def booking(alice: User) -> Booking:
    return Booking.objects.create(
        reference="LIS-1", user=alice, description="Lisbon", amount=9999, currency="USD"
    )


@pytest.fixture
def service() -> StripeService:
    return StripeService()


@pytest.fixture
def pay(service: StripeService) -> Callable[..., StripePaymentIntent]:
    """A payment that has succeeded: `pay(alice, "99.99", booking=...)`."""

    def pay(
        user: User,
        amount: str | None = "99.99",
        currency: str | None = "USD",
        *,
        method: str = "pm_card_visa",
        **values: Any,
    ) -> StripePaymentIntent:
        created = service.create_payment_intent(
            user=user, amount=amount, currency=currency, **values
        )
        assert created["success"], created
        confirmed = service.confirm_payment_intent(created["payment_intent"], payment_method=method)
        assert confirmed["success"], confirmed
        return confirmed["payment_intent"]

    return pay
