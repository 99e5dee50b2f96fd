"""Where the processor time of a GraphQL query goes, and what of it has no plan: `make profile`.

Asks the queries of `tests.bench.queries`, or those in the given files, as a customer with 200
payments or as staff. cProfile makes small functions look slower than they are: compare the shares,
and measure with `tests.bench.queries`.
"""

import argparse
import cProfile
import pstats
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.database import ACCOUNT, own_database
from tests.bench.program import run
from tests.bench.queries import Ask, QueryClient, insert_rows, list_work
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_PARTS = (
    ("PostgreSQL and its driver", r"/psycopg|psycopg_binary|execute of 'psycopg"),
    ("Django: statements and rows", r"/django/db/"),
    ("Django: requests", r"/django/"),
    ("plans and resolvers", r"/schema/(execution|engine|types)/|<string>"),
    ("Strawberry", r"/strawberry"),
    ("graphql-core", r"/graphql/"),
    ("this package, without the schema", r"/payments_graphql/|/schema/"),
    ("logs", r"structlog"),
    ("JSON, dates and numbers", r"json|decimal|datetime|base64|encode|decode"),
)


def measure(report: Report, options: argparse.Namespace) -> None:
    with own_database("profile", stripe=_NOWHERE, account=ACCOUNT):
        insert_rows(options.payments)
        for name, ask in _list_asked(options):
            _profile(report, name, ask, options.requests, options.functions)


def _list_asked(options: argparse.Namespace) -> Iterator[tuple[str, Ask]]:
    clients = [QueryClient.sign_in(is_staff=is_staff) for is_staff in (False, True)]
    if not options.documents:
        for work in list_work():
            client = clients[work.by_staff]
            yield work.name, client.make("/graphql/", work.document, work.variables)
    for path in options.documents:
        document = Path(path).read_text()
        yield path, clients[options.staff].make("/graphql/", document, {})


def _profile(report: Report, name: str, ask: Ask, requests: int, functions: int) -> None:
    for _ in range(20):
        ask()
    before = _count_unplanned()
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for _ in range(requests):
        ask()
    profile.disable()
    stats = pstats.Stats(profile)
    times: dict[str, float] = {}
    for function, (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]  # not in the stubs
        part = _find_part(f"{function[0]} {function[2]}")
        times[part] = times.get(part, 0) + own
    total = sum(times.values())
    report.tell(f"\n{name}: profiled", total / requests * 1000, "ms")
    for part, took in sorted(times.items(), key=lambda one: -one[1]):
        report.tell(f"  {part}", took / total * 100, "%")
    for unplanned, count in _count_unplanned().items():
        without = (count - before.get(unplanned, 0)) / requests
        if without:
            report.tell(f"  without a plan: {unplanned}", without, "objects")
    if functions:
        stats.sort_stats("tottime").print_stats(functions)


def _find_part(function: str) -> str:
    return next((part for part, words in _PARTS if re.search(words, function)), "the rest")


def _count_unplanned() -> dict[str, float]:
    from payments_graphql.metrics import instruments

    return {
        ", ".join(sample.labels.values()): sample.value
        for metric in instruments.UNPLANNED.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="*", metavar="FILE", help="with one query each")
    parser.add_argument("--staff", action="store_true", help="ask as staff")
    parser.add_argument("--payments", type=int, default=2_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--functions", type=int, default=0, help="how many to list")
    return run(parser, measure)


if __name__ == "__main__":
    sys.exit(main())
