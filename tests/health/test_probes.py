"""What a supervisor, a load balancer, a monitor and a stranger learn of the site's health."""

import asyncio
import importlib
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import AsyncClient, Client
from django.utils import timezone

from payments_graphql.health import checks, urls
from payments_graphql.models import Operation, StripeWebhookEvent
from payments_graphql.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ("/health/live", "/health/serving", "/health/ready")
EVERYTHING = {"database", "migrations", "cache", "backlog", "stripe"}


@pytest.fixture(autouse=True)
def _forget(sandbox: Sandbox) -> Iterator[None]:
    checks.forget()
    yield
    checks.forget()


@pytest.fixture
def as_sam(client: Client, sam: Any) -> Client:
    client.force_login(sam)
    return client


@pytest.fixture
def fail(as_sam: Client) -> Callable[..., set[str]]:
    """The checks that fail, as Sam sees them."""

    def fail(path: str = "/health/ready") -> set[str]:
        response = as_sam.get(path)
        failed = {name for name, word in response.json()["checks"].items() if word == "failed"}
        assert response.status_code == (503 if failed else 200)
        assert response.json()["status"] == ("failed" if failed else "ok")
        return failed

    return fail


def break_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise DatabaseError('connection to server at "db.internal", user "shop" failed')

    monkeypatch.setattr("health_check.checks.Database.run", refuse)
    monkeypatch.setattr(MigrationExecutor, "__init__", refuse)
    monkeypatch.setattr(StripeWebhookEvent.objects, "filter", refuse)


@pytest.mark.parametrize("path", [*PATHS, *(f"{path}/" for path in PATHS)])
def test_a_healthy_site_says_so_and_no_more(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert client.head(path).status_code == 200
    assert client.head(path).content == b""


@pytest.mark.parametrize(
    ("values", "headers"),
    [({}, {"Accept": "text/plain"}), ({"format": "text"}, {"Accept": "application/json"})],
)
def test_plain_text_for_those_who_prefer_it(client: Client, values: Any, headers: Any) -> None:
    response = client.get("/health/ready", values, headers=headers)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content == b"ok\n"


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "nonsense", "a/b;q=x", "\x00"])
def test_whatever_is_accepted_json_is_the_answer(client: Client, accept: str) -> None:
    response = client.get("/health/live", headers={"Accept": accept})
    assert response.json() == {"status": "ok"}


def test_only_reading_is_possible(client: Client) -> None:
    assert client.post("/health/live").status_code == 405


def test_staff_see_each_check(as_sam: Client) -> None:
    assert set(as_sam.get("/health/ready").json()["checks"]) == EVERYTHING
    assert "stripe: ok\n" in as_sam.get("/health/ready?format=text").text


def test_a_customer_is_a_stranger(client: Client, alice: Any) -> None:
    client.force_login(alice)
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_live_reads_nothing(
    client: Client, django_assert_num_queries: Any, sandbox: Sandbox
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/health/live").status_code == 200
    assert not sandbox.requests("GET", "/v1/account")


def test_without_the_database_the_process_lives_and_serves_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_database(monkeypatch)
    assert client.get("/health/live").status_code == 200
    for path in ("/health/serving", "/health/ready"):
        response = client.get(path)
        assert (response.status_code, response.json()) == (503, {"status": "failed"})
        for detail in ("db.internal", "shop", "connection"):
            assert detail not in response.text


def test_a_missing_migration_is_noticed(
    fail: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("one", False)])
    assert fail("/health/serving") == {"migrations"}
    monkeypatch.undo()
    assert fail("/health/serving") == set()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("one", False)])
    assert fail("/health/serving") == set(), "not asked again"


def test_a_broken_cache_is_noticed(
    fail: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(type(caches["default"]), "aget", forget)
    assert fail() == {"cache"}


def test_a_cache_that_keeps_nothing_on_purpose_is_well(
    fail: Callable[..., set[str]], settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert fail() == set()


def test_an_old_event_makes_the_backlog_fail_until_it_is_processed(
    fail: Callable[..., set[str]], pay: Any, alice: Any, events: Any, deliver: Any
) -> None:
    pay(alice)
    deliver(*events("payment_intent.succeeded"))
    old = timezone.now() - checks.LATE - timedelta(seconds=1)
    StripeWebhookEvent.objects.update(state="failed", next_attempt_at=old)
    assert fail() == {"backlog"}
    assert fail("/health/serving") == set(), "other processes could do no better"
    StripeWebhookEvent.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=5))
    assert fail() == set()
    StripeWebhookEvent.objects.update(next_attempt_at=old, livemode=True)
    assert fail() == set(), "of another mode"


def test_an_old_operation_makes_the_backlog_fail(
    fail: Callable[..., set[str]], pay: Any, alice: Any
) -> None:
    pay(alice)
    old = timezone.now() - checks.LATE - timedelta(seconds=1)
    operation = Operation.objects.filter(kind="confirm_payment_intent")
    operation.update(state="unknown", next_attempt_at=old)
    assert fail() == {"backlog"}
    operation.update(state="needs_review")
    assert fail() == set(), "a person decides"


def test_a_new_site_that_does_not_know_its_account_yet_is_well(
    fail: Callable[..., set[str]], settings: Any
) -> None:
    settings.PAYMENTS_ACCOUNT = ""
    assert fail() == set()


def test_without_stripe_the_site_serves_but_is_not_ready(
    fail: Callable[..., set[str]], settings: Any
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody listens
    assert fail() == {"stripe"}
    assert fail("/health/serving") == set()


def test_a_key_that_stripe_does_not_know_is_noticed(
    fail: Callable[..., set[str]], settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = "nonsense"
    assert "stripe" in fail()


def test_stripe_is_asked_once_for_many_probes(client: Client, sandbox: Sandbox) -> None:
    for _ in range(5):
        assert client.get("/health/ready").status_code == 200
    assert len(sandbox.requests("GET", "/v1/account")) == 1


def test_a_slow_stripe_delays_the_answer_by_its_budget_only(
    fail: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(checks, "BUDGET", 0.3)
        started = time.monotonic()
        assert fail() == {"stripe"}
        assert time.monotonic() - started < 3


def test_under_asgi_too() -> None:
    response = asyncio.run(AsyncClient().get("/health/ready"))
    assert response.json() == {"status": "ok"}


def test_a_site_that_requires_signing_in_lets_probes_pass(settings: Any) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert Client().get("/health/ready").status_code == 200


def test_without_the_extra_there_are_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert importlib.reload(urls).urlpatterns == []
    monkeypatch.undo()
    assert len(importlib.reload(urls).urlpatterns) == 3
