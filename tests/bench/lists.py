"""What each list of the API reads, by filter, order and page: `python -m tests.bench.lists`.

Asks each with 10,000 payments and with a hundred times as many, each in a database of its own. The
goal is that a list takes the same time in both. What a statement reads is counted too, in rows,
since that doesn't depend on the machine: see `tests.bench.plans`.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench.database import kept_database, own_database
from tests.bench.large_rows import insert
from tests.bench.large_values import ACCOUNT
from tests.bench.offered_lists import Asked, iterate_asked
from tests.bench.plans import count_rows_read, noting_every_statement
from tests.bench.processes import ROOT
from tests.bench.program import run
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_TIMES = 3
MOST_GROWTH = 1.3
_SHORTEST = 10.0
"""Milliseconds. What takes less in the large database is not compared: it is the request itself."""

type _Measured = dict[str, tuple[float, int]]
"""Milliseconds that passed, and the rows that were read, by the name of what was asked."""


def measure(report: Report, options: argparse.Namespace) -> None:
    if options.alone:
        print(json.dumps(_measure_alone(options)))
        return
    small, large = (_measure_in_process(options, size) for size in (options.few, options.payments))
    grown = {
        name: took / max(small[name][0], 0.1)
        for name, (took, _rows) in large.items()
        if took > _SHORTEST
    }
    for name in sorted(large, key=lambda name: -large[name][0])[: options.worst]:
        took, rows = large[name]
        print(f"{name[:86]:<86} {took:>7.1f} ms, {rows:>7} rows; few: {small[name][0]:.1f} ms")
    times = [took for took, _rows in large.values()]
    report.tell("asked", len(large))
    report.tell(f"median with {options.payments:,}", statistics.median(times), "ms")
    report.tell(f"slowest with {options.payments:,}", max(times), "ms")
    report.tell("most rows read", max(rows for _took, rows in large.values()))
    report.tell("of them above 10 ms", len(grown))
    report.tell("grown most", max(grown.values(), default=1.0), at_most=MOST_GROWTH)


def _measure_in_process(options: argparse.Namespace, payments: int) -> _Measured:
    """A process can open one database."""
    command = [sys.executable, "-m", "tests.bench.lists", "--alone", "--payments", str(payments)]
    command += ["--only", options.only] if options.only else []
    if options.keep:
        command += ["--keep", f"{options.keep}_{payments}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: _Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure_alone(options: argparse.Namespace) -> _Measured:
    os.environ["PAYMENTS_ACCOUNT"] = ACCOUNT
    with _open_database(options):
        usernames = _list_usernames()
        clients = {username: _sign_in(username) for username in usernames}
        found = {}
        for asked in iterate_asked(usernames):
            if not options.only or re.search(options.only, asked.name):
                found[asked.name] = _ask(clients[asked.username], asked)
        return found


@contextmanager
def _open_database(options: argparse.Namespace) -> Iterator[None]:
    if options.keep:
        with kept_database(options.keep, stripe=_NOWHERE) as is_new:
            if is_new:
                insert(options.payments)
            yield
    else:
        with own_database("lists", stripe=_NOWHERE, account=ACCOUNT):
            insert(options.payments)
            yield


def _list_usernames() -> tuple[str, str, str]:
    from django.contrib.auth.models import User

    values = {"is_staff": True, "is_superuser": True}
    User.objects.get_or_create(username="everything", defaults=values)
    return "customer1", "customer234", "everything"


def _sign_in(username: str) -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=username))
    return client


def _ask(client: Any, asked: Asked) -> tuple[float, int]:
    with noting_every_statement() as statements:
        _answer(client, asked)
    rows = count_rows_read(statements)
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        _answer(client, asked)
        times.append((time.perf_counter() - began) * 1000)
    return min(times), rows


def _answer(client: Any, asked: Asked) -> None:
    body = {"query": asked.document, "variables": asked.variables}
    response = client.post("/graphql/", body, content_type="application/json")
    answer = response.json()
    assert response.status_code == 200, answer
    assert "errors" not in answer, (asked.name, answer)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--only", metavar="PATTERN", help="of what is asked")
    parser.add_argument("--worst", type=int, default=20, help="how many to print")
    parser.add_argument("--keep", metavar="PREFIX", help="use and keep databases of these names")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return run(parser, measure)


if __name__ == "__main__":
    sys.exit(main())
