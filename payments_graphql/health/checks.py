"""What must work. Messages go to the log only."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from health_check import checks
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from .. import deadlines, stripe_client
from ..conf import conf
from ..models import Operation, OperationState, StripeWebhookEvent, find_account
from ..stripe_client import StripeCallError

LATE = timedelta(minutes=15)
"""How long something may be due before the backlog counts as too old."""
BUDGET = 2.0
"""Seconds that Stripe may take."""
KEPT = 15.0
"""Seconds for which a process keeps what it learned of Stripe, so that probes do not burden it."""


@dataclasses.dataclass
class Database(checks.Database):  # type: ignore[misc]  # django-health-check has no types
    name = "database"
    timeout = timedelta(seconds=BUDGET)

    def run(self) -> None:
        with _own_connection():
            super().run()


@dataclasses.dataclass
class Migrations(HealthCheck):  # type: ignore[misc]  # as above
    """Looks until they are applied. Afterwards only a new process has new ones."""

    name = "migrations"
    timeout = timedelta(seconds=5)
    are_applied = False

    def run(self) -> None:
        if Migrations.are_applied:
            return
        with _own_connection():
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise ServiceUnavailable(f"{len(missing)} migrations are not applied")
        Migrations.are_applied = True


@dataclasses.dataclass
class Cache(checks.Cache):  # type: ignore[misc]  # as above
    name = "cache"

    async def run(self) -> None:
        if not isinstance(caches[self.alias], DummyCache):  # which keeps nothing on purpose
            await super().run()


@dataclasses.dataclass
class Backlog(HealthCheck):  # type: ignore[misc]  # as above
    """Whether `payments_reconcile` processes what is due."""

    name = "backlog"
    timeout = timedelta(seconds=BUDGET)

    def run(self) -> None:
        with _own_connection():
            account = find_account()  # None on a new site, which has nothing to do yet
            limit = timezone.now() - LATE
            of_ours: dict[str, Any] = {"account": account, "livemode": conf.livemode}
            events = StripeWebhookEvent.objects.filter(next_attempt_at__lte=limit, **of_ours)
            operations = Operation.objects.filter(
                next_attempt_at__lte=limit, state__in=OperationState.resumable(), **of_ours
            )
            for name, late in (("webhook events", events), ("operations", operations)):
                if account is not None and late.order_by().exists():
                    raise ServiceUnavailable(f"{name} have been due for {LATE}")


@dataclasses.dataclass
class Stripe(HealthCheck):  # type: ignore[misc]  # as above
    name = "stripe"
    timeout = timedelta(seconds=BUDGET)

    def run(self) -> None:
        problem = _ask_stripe()
        if problem:
            raise ServiceUnavailable(problem)


class _Asked:
    """What this process last learned of Stripe."""

    lock = threading.Lock()
    problem = ""
    until = 0.0


def _ask_stripe() -> str:
    """Why no payment works, or an empty text. One thread asks; others wait for its answer."""
    with _Asked.lock:
        if time.monotonic() >= _Asked.until:
            _Asked.problem = _fetch_problem()
            _Asked.until = time.monotonic() + KEPT
        return _Asked.problem


def _fetch_problem() -> str:
    if stripe_client.is_down():
        return "Stripe has not answered for a while"
    try:
        with deadlines.within(BUDGET):
            stripe_client.retrieve_account()
    except StripeCallError as error:
        # Any other refusal is an answer: a restricted key may not read its own account.
        if error.status is None or error.status >= 500 or error.status == 401:
            return f"{type(error).__name__}, status {error.status}"
    return ""


def forget() -> None:
    """For tests: asks everything again."""
    _Asked.until = 0.0
    Migrations.are_applied = False


@contextmanager
def _own_connection() -> Iterator[None]:
    """Checks run in threads of their own, whose connections no request closes."""
    try:
        yield
    except DatabaseError as error:
        raise ServiceUnavailable(type(error).__name__) from error
    finally:
        connections.close_all()
