"""How long the site takes to start, and the memory that its workers hold:
`python -m tests.bench.memory`.

A worker is measured after its start, beside another one, and after 1,000 and many more requests, of
which a part are for documents and variables that nobody has sent before, so that caches fill up.
"""

import argparse
import sys

import orjson

from tests.bench.database import ACCOUNT, own_database
from tests.bench.generating import execute
from tests.bench.load import Measured, at_full_speed, in_own_process
from tests.bench.mixed_requests import Mixed
from tests.bench.paid_bookings import insert_paid_bookings
from tests.bench.processes import Memory, list_family
from tests.bench.program import run
from tests.bench.queries import OWN
from tests.bench.report import Report
from tests.bench.site import WORKERS, Started, serving
from tests.bench.starting import tell_start
from tests.bench.tokens import make_token

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_PEOPLE = 20
_CONNECTIONS = 16
_FIRST = 1000
"""Requests after which the first measurement is taken."""
_STEPS = 4
"""Parts in which the others are sent, with a measurement after each."""
_MOST_GROWTH = 1.1
_LONGEST = 1800.0
"""Seconds for one part."""


def measure(report: Report, requests: int, starts: int) -> None:
    with own_database("memory", stripe=_NOWHERE, account=ACCOUNT):
        insert_paid_bookings(_PEOPLE * 100, users=_PEOPLE, refund_every=3)
        execute("ANALYZE")
        tokens = _sign_in()
        body = orjson.dumps({"query": OWN, "variables": {"first": 20}})
        tell_start(report, body, tokens[0], starts)
        for what, server in (("", "granian"), ("imported first: ", "tests.bench.preloading")):
            _tell_sharing(report, what, server, tokens)
        _tell_growth(report, tokens, requests)


def _sign_in() -> list[str]:
    from django.contrib.auth import get_user_model

    return [make_token(user) for user in get_user_model()._default_manager.order_by("pk")]


def _tell_sharing(report: Report, what: str, server: str, tokens: list[str]) -> None:
    """`WORKERS` workers, after their start, when one of them has answered once, and after `_FIRST`
    requests."""
    with serving(server=server) as site:
        _tell_workers(report, f"{what}{WORKERS} workers after the start", site)
        measured = _send(site, Mixed(tokens), _FIRST)
        _tell_workers(report, f"{what}{WORKERS} workers after {_FIRST:,} requests", site)
        report.check(f"{what}requests not answered", measured.count_failed, 0)
        report.check(f"{what}errors in the log", site.count_errors(), 0)


def _tell_workers(report: Report, what: str, site: Started) -> None:
    """Each in the mean."""
    main, *workers = list_family(site.pid)
    memories = [Memory.read(pid) for pid in workers]
    for name in ("resident", "unique", "proportional"):
        size = sum(getattr(memory, name) for memory in memories) / len(memories)
        report.tell(f"{what}: {name}, each", size, "MB")
    whole = Memory.read(main).proportional + sum(memory.proportional for memory in memories)
    report.tell(f"{what}: all, with the main process", whole, "MB")


def _tell_growth(report: Report, tokens: list[str], requests: int) -> None:
    """One worker, so that it answers all."""
    with serving(workers=1) as site:
        _main, worker = list_family(site.pid)
        _tell_worker(report, "one worker after the start", worker)
        failed = _send(site, Mixed(tokens), _FIRST).count_failed
        first = _tell_worker(report, f"after {_FIRST:,} requests", worker)
        sent = _FIRST
        for step in range(1, _STEPS + 1):
            until = _FIRST + (requests - _FIRST) * step // _STEPS
            failed += _send(site, Mixed(tokens, sent), until - sent).count_failed
            sent = until
            last = _tell_worker(report, f"after {sent:,} requests", worker)
        report.tell(
            f"resident after {sent:,} requests, beside {_FIRST:,}",
            last / first,
            "x",
            at_most=_MOST_GROWTH,
        )
        report.check("requests not answered", failed, 0)
        report.check("errors in the log", site.count_errors(), 0)


def _tell_worker(report: Report, what: str, pid: int) -> float:
    memory = Memory.read(pid)
    report.tell(f"{what}: resident", memory.resident, "MB")
    report.tell(f"{what}: unique", memory.unique, "MB")
    return memory.resident


def _send(site: Started, mixed: Mixed, count: int) -> Measured:
    return in_own_process(_ask, site.url, mixed, count)


def _ask(url: str, mixed: Mixed, count: int) -> Measured:
    return at_full_speed(
        url, mixed, seconds=_LONGEST, first=0, connections=_CONNECTIONS, count=count
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="more than 1,000")
    parser.add_argument("--starts", type=int, default=5)
    return run(parser, lambda report, given: measure(report, given.requests, given.starts))


if __name__ == "__main__":
    sys.exit(main())
