"""A page of 20 payments as a server answers it, ours and others': `python -m tests.bench.served`.

Each is served by granian, and asked over connections that stay open by a client in its own process,
in turns. The client and PostgreSQL use the same processors, so a rate counts their time too. The
client's is told: at some 0.1 ms for each request it is too little to need a processor of its own.
The processor time of the site alone is beside the rate.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import orjson

from tests.bench.asking import Asking, ask_once
from tests.bench.database import ACCOUNT, own_database
from tests.bench.load import Measured, at_full_speed, starting_in_own_process
from tests.bench.peer_environment import NotInstalledError, make_environment
from tests.bench.program import run
from tests.bench.queries import OWN, OWN_AS_CONNECTION, insert_rows
from tests.bench.report import Report
from tests.bench.site import GRAPHQL_PATH, Started, serving
from tests.bench.tokens import make_token

SIZE = 20
_CONNECTIONS = 16
"""One for each thread of the site."""
_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_OURS, _BY_HAND, _GRAPHENE = "ours", "by hand", "graphene-django"
_GOALS = {_BY_HAND: 1.2, "Django REST framework": 2.5, "strawberry-django": 6.0, _GRAPHENE: None}
"""Our requests a second, at least so many times theirs."""


@dataclass(frozen=True)
class _Served:
    site: Started
    asking: Asking


@dataclass(frozen=True)
class _Turn:
    """Processor time is in milliseconds for each request."""

    rate: float
    of_site: float
    of_client: float


def measure(report: Report, payments: int, rounds: int, seconds: float) -> None:
    with own_database("served", stripe=_NOWHERE, account=ACCOUNT), ExitStack() as stack:
        insert_rows(payments)
        served = _serve(stack)
        _check(report, served)
        turns = _take_turns(report, served, rounds, seconds)
        for name, taken in turns.items():
            _tell(report, name, taken)
        for name, goal in _GOALS.items():
            if name in turns:
                _tell_ratios(report, name, turns[_OURS], turns[name], goal)
        for site in {one.site for one in served.values()}:
            report.check("errors in the log", site.count_errors(), 0)


def _serve(stack: ExitStack) -> dict[str, _Served]:
    """By name. What cannot be installed is left out, and said."""
    token = _sign_in()
    settings = {"DJANGO_SETTINGS_MODULE": "tests.bench.peers.settings"}
    site = stack.enter_context(serving(environment=settings))

    def make(site: Started, path: str, document: str = "") -> _Served:
        return _Served(site, Asking.make(path, document, {"first": SIZE}, token))

    served = {
        _OURS: make(site, GRAPHQL_PATH, OWN),
        _BY_HAND: make(site, "/by_hand/page/"),
        "Django REST framework": make(site, "/by_rest_framework/page/"),
        "strawberry-django": make(site, "/by_strawberry_django/page/", OWN_AS_CONNECTION),
    }
    try:
        python = make_environment("graphene")
    except NotInstalledError as error:
        print(f"SKIPPED: {_GRAPHENE}: {error}")
    else:
        path = "/by_graphene/page/"
        site = stack.enter_context(
            serving("tests.bench.peers.graphene.wsgi:application", path=path, python=python)
        )
        served[_GRAPHENE] = make(site, path, OWN_AS_CONNECTION)
    return served


def _sign_in() -> str:
    """A token of the first customer."""
    from django.contrib.auth import get_user_model

    return make_token(get_user_model()._default_manager.order_by("pk").first())


def _check(report: Report, served: Mapping[str, _Served]) -> None:
    """All answer the same payments. Cursors are each library's own."""
    pages = {name: _read_page(ask_once(one.site.url, one.asking)) for name, one in served.items()}
    expected = pages[_BY_HAND]
    report.check("payments of the page", len(expected[0]), SIZE)
    for name, page in pages.items():
        report.check(f"{name}: same data", page == expected, expected=True)


def _read_page(answer: bytes) -> tuple[list[Any], bool]:
    page = orjson.loads(answer)["data"]["paymentIntents"]
    nodes = page["nodes"] if "nodes" in page else [edge["node"] for edge in page["edges"]]
    return nodes, page["pageInfo"]["hasNextPage"]


def _take_turns(
    report: Report, served: Mapping[str, _Served], rounds: int, seconds: float
) -> dict[str, list[_Turn]]:
    turns: dict[str, list[_Turn]] = {name: [] for name in served}
    failed = 0
    with starting_in_own_process() as start:
        for one in served.values():
            start(_ask, one.site.url, one.asking, 1.0)()  # the first requests load and connect
        names = list(served)
        for _ in range(rounds):
            names.append(names.pop(0))  # each is sometimes first
            for name in names:
                turn, wrong = _take_turn(start, served[name], seconds)
                turns[name].append(turn)
                failed += wrong
    report.check("requests not answered with the page", failed, 0)
    return turns


def _take_turn(start: Callable[..., Any], one: _Served, seconds: float) -> tuple[_Turn, int]:
    """And how many requests failed."""
    before = one.site.cpu_seconds()
    measured, of_client = start(_ask, one.site.url, one.asking, seconds)()
    of_site = one.site.cpu_seconds() - before
    count = len(measured.latencies)
    turn = _Turn(measured.rate, of_site / count * 1000, of_client / count * 1000)
    return turn, measured.count_failed


def _ask(url: str, asking: Asking, seconds: float) -> tuple[Measured, float]:
    """And the client's processor time, in seconds."""
    before = sum(os.times()[:2])
    measured = at_full_speed(url, asking, seconds=seconds, first=0, connections=_CONNECTIONS)
    return measured, sum(os.times()[:2]) - before


def _tell(report: Report, name: str, turns: list[_Turn]) -> None:
    rates = [turn.rate for turn in turns]
    low, middle, high = statistics.quantiles(rates, n=4)
    report.tell(f"{name} ({low:,.0f} to {high:,.0f})", middle, "/s")
    for what in ("site", "client"):
        times = [getattr(turn, f"of_{what}") for turn in turns]
        report.tell(
            f"{name}: processor time of the {what} for each", statistics.median(times), "ms"
        )


def _tell_ratios(
    report: Report, name: str, ours: list[_Turn], theirs: list[_Turn], goal: float | None
) -> None:
    pairs = list(zip(ours, theirs, strict=True))
    low, middle, high = statistics.quantiles([us.rate / them.rate for us, them in pairs], n=4)
    report.tell(f"ours / {name}, rate ({low:.2f} to {high:.2f})", middle, "x", at_least=goal)
    times = [them.of_site / us.of_site for us, them in pairs]
    low, middle, high = statistics.quantiles(times, n=4)
    report.tell(f"{name} / ours, processor time ({low:.2f} to {high:.2f})", middle, "x")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="at least 2")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each, per round")
    return run(
        parser,
        lambda report, given: measure(report, given.payments, given.rounds, given.seconds),
    )


if __name__ == "__main__":
    sys.exit(main())
