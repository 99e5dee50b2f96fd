"""Every page of the admin, with a million payments: `python -m tests.bench.large`.

Inserts payments, three times as many events and all that belongs to them, counts the figures, and
opens each page of the admin three times through Django's test client. The time is the site's own,
from the request to the answer. The goal is for the processor time of this process and of its
PostgreSQL connection together, which hardly depends on other load; both are told apart, with the
time that passed. On a server elsewhere only the time that passed is known.
"""

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.database import kept_database, own_database
from tests.bench.large_pages import Page, iterate_pages
from tests.bench.large_rows import insert
from tests.bench.large_values import ACCOUNT
from tests.bench.plans import list_full_scans, noting_statements
from tests.bench.program import run
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
MOST_STATEMENTS = 20
MOST_TIME = 0.3
"""Seconds."""
_TIMES = 3
_HOPELESS = 1.0
"""Seconds after which a page is not opened again."""
_TOO_LONG = 5_000
"""Milliseconds after which PostgreSQL gives up a statement."""


@dataclass
class Measured:
    page: Page
    status: int
    statements: int
    wall: float
    processor: float
    database: float | None
    """Processor time of PostgreSQL, if it runs on this machine."""
    slowest: dict[str, Any] = field(default_factory=dict)

    @property
    def own_time(self) -> float:
        return self.wall if self.database is None else self.processor + self.database

    @property
    def is_missed(self) -> bool:
        is_slow = self.own_time > MOST_TIME and not self.page.is_download
        return self.statements >= MOST_STATEMENTS or is_slow or self.status >= 500

    def __str__(self) -> str:
        own, database, wall = (
            f"{(seconds or 0) * 1000:>6.0f} ms"
            for seconds in (self.own_time, self.database, self.wall)
        )
        return (
            f"{self.page.name[:58]:<58} {self.statements:>3} statements {own}, of it PostgreSQL "
            f"{database}, passed {wall}{'' if self.status == 200 else f' status {self.status}'}"
        )


def measure(report: Report, options: argparse.Namespace) -> None:
    os.environ["PAYMENTS_ACCOUNT"] = ACCOUNT
    with _open_database(report, options), _plain_static_files():
        from django.test import Client

        user, client = _sign_in(Client(raise_request_exception=False))
        found = list(_measure_all(client, user, options))
    missed = [one for one in found if one.is_missed]
    for one in missed:
        print(f"MISSED: {one}\n        {one.page.url}")
        for statement in one.slowest:
            print(f"        {statement}")
    times = [one.own_time for one in found if not one.page.is_download]
    for one in found:
        if one.page.is_download:
            report.tell(one.page.name, one.own_time * 1000, "ms")
    report.tell("pages", len(found))
    report.tell("median", statistics.median(times or [0]) * 1000, "ms")
    report.tell("slowest", max(times, default=0) * 1000, "ms", at_most=MOST_TIME * 1000)
    report.tell("most statements", max(one.statements for one in found), at_most=19)
    report.tell("pages above a goal", len(missed), at_most=0)
    report.check("pages that fail", [one.page.url for one in found if one.status >= 500], [])


@contextmanager
def _open_database(report: Report, options: argparse.Namespace) -> Iterator[None]:
    if options.keep:
        with kept_database(options.keep, stripe=_NOWHERE) as is_new:
            if is_new:
                _fill(report, options.payments)
            yield
    else:
        with own_database("large", stripe=_NOWHERE, account=ACCOUNT):
            _fill(report, options.payments)
            yield


def _fill(report: Report, payments: int) -> None:
    from django.core.management import call_command

    from payments_graphql import figures

    began = time.monotonic()
    insert(payments)
    call_command("payments_search_indexes", verbosity=0)  # as docs/admin.md says
    report.tell(f"{payments:,} payments inserted", time.monotonic() - began, "s")
    began = time.monotonic()
    days = sum(figures.rebuild())
    report.tell(f"figures counted, {days:,} days", time.monotonic() - began, "s")


@contextmanager
def _plain_static_files() -> Iterator[None]:
    """Without `collectstatic`."""
    from django.conf import settings
    from django.test.utils import override_settings

    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": backend}):
        yield


def _sign_in(client: Any) -> tuple[Any, Any]:
    """Staff who may see everything, but not by being a superuser: permissions are read too."""
    from django.contrib.auth.models import Permission, User

    user, is_new = User.objects.get_or_create(username="staff", defaults={"is_staff": True})
    if is_new:
        user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    client.defaults["SERVER_NAME"] = "127.0.0.1"
    return user, client


def _measure_all(client: Any, user: Any, options: argparse.Namespace) -> Iterator[Measured]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {_TOO_LONG}")
        # Parallel workers would be processes of their own.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    for page in iterate_pages(user, client):
        if options.only and not re.search(options.only, page.name):
            continue
        measured = _measure(client, page)
        if measured.status in (302, 403, 404, 405):
            continue  # a question that is not offered for this row
        if options.all or measured.is_missed:
            print(measured, flush=True)
        yield measured


def _measure(client: Any, page: Page) -> Measured:
    results = [_open(client, page)]
    while len(results) < _TIMES and results[-1].wall < _HOPELESS:
        results.append(_open(client, page))
    best = min(results, key=lambda one: one.own_time)
    best.statements = results[-1].statements
    if best.is_missed:
        best.slowest = _list_slow(client, page)
    return best


def _open(client: Any, page: Page) -> Measured:
    count = 0

    def note(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    from django.db import connection

    with connection.execute_wrapper(note):
        before = _read_database_time()
        began = time.perf_counter(), time.process_time()
        response = client.get(page.url)
        wall, processor = time.perf_counter() - began[0], time.process_time() - began[1]
        after = _read_database_time()
    database = None if before is None or after is None else after - before
    return Measured(page, response.status_code, count, wall, processor, database)


def _read_database_time() -> float | None:
    """Processor seconds of our connection's process, if it is on this machine."""
    from django.db import connection

    connection.ensure_connection()
    try:
        status = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    except (OSError, AttributeError):
        return None
    name, *fields = status.rpartition(")")[0].partition("(")[2], *status.rpartition(")")[2].split()
    if "postgres" not in name:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _list_slow(client: Any, page: Page) -> dict[str, Any]:
    """The statements of a page that take most of its time, and the tables that it scans."""
    from django.db import connection

    times: dict[str, Any] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = (time.perf_counter() - began) * 1000
            if took > MOST_TIME * 1000 / 10:
                times[f"{took:.0f} ms: {_shorten(sql)}"] = None

    with noting_statements() as statements, connection.execute_wrapper(note):
        client.get(page.url)
    scanned = list_full_scans(statements)
    return {**times, **({f"read from end to end: {', '.join(scanned)}": None} if scanned else {})}


def _shorten(sql: str) -> str:
    """Without the list of columns."""
    text = re.sub(r"SELECT (?!COUNT).*? FROM", "SELECT ... FROM", sql, count=1)
    return text.replace('"payments_graphql_', '"')[:700]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--keep", metavar="DATABASE", help="use and keep this database")
    parser.add_argument("--only", metavar="PATTERN", help="of the names of pages")
    parser.add_argument("--all", action="store_true", help="print every page")
    return run(parser, measure)


if __name__ == "__main__":
    sys.exit(main())
