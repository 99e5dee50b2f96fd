"""Webhooks beside others' ways to take them, in turns: `python -m tests.bench.webhook_peers`.

Signed real events at full speed, to two workers each: of a bare view that only verifies and
inserts, of the site, of the site while it only stores (`tests.bench.bare.storing`), and of
dj-stripe, in an environment of its own (`tests.bench.peers.djstripe`). In each round everybody has
a turn, and the ratios are those of one round, so that a busy machine slows all down.

dj-stripe reads each event's object from Stripe again, so it gets only events whose objects the
sandbox has. Once it hands them to a task, as sites do that cannot wait for Stripe.
"""

import argparse
import os
import statistics
import subprocess
import sys
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.bench.bare.urls import TABLE
from tests.bench.database import empty_database, own_database
from tests.bench.events import OF_PAYMENT, REAL_PAYMENTS, Delivery, Events, prepare_events_at
from tests.bench.generating import execute
from tests.bench.load import Measured, at_full_speed, in_own_process
from tests.bench.peer_environment import NotInstalledError, make_environment
from tests.bench.processes import ROOT, running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.site import WEBHOOK_PATH, Started, serving

CONNECTIONS = 16
_MOST_A_SECOND = 3000
_WARM_UP = 0.5
"""Seconds."""
_PEER_KEY = "sk_test_" + "bench" * 5
"""dj-stripe refuses shorter keys."""


@dataclass
class _Turn:
    """One of those that are compared. `first` is the number of its next event."""

    name: str
    site: Started
    path: str
    events: Events
    first: int = 0
    sent: int = 0
    failed: int = 0
    left: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def take(self, seconds: float, *, counts: bool = True) -> None:
        before = self.site.cpu_seconds()
        delivery = Delivery(self.events, self.path, self.first)
        measured = in_own_process(_at_full_speed, self.site.url, delivery, seconds)
        count = len(measured.latencies)
        self.first += count
        self.sent += count
        self.failed += measured.count_failed
        if counts:
            self.rates.append(measured.rate)
            self.milliseconds.append((self.site.cpu_seconds() - before) / count * 1000)


def measure(report: Report, seconds: float, rounds: int) -> None:
    with running() as sandbox, own_database("webhook_peers", stripe=sandbox.url):
        prepared = round((_WARM_UP + seconds * rounds) * _MOST_A_SECOND)
        events = prepare_events_at(sandbox, prepared)
        execute(TABLE)
        with ExitStack() as stack:
            bare = _Turn(
                "bare view",
                stack.enter_context(
                    serving("tests.bench.bare.wsgi:application", path="/webhooks/")
                ),
                "/webhooks/",
                events,
            )
            processing = _Turn("site", stack.enter_context(serving()), WEBHOOK_PATH, events)
            storing = _Turn(
                "site, storing only",
                stack.enter_context(serving("tests.bench.bare.storing:application")),
                WEBHOOK_PATH,
                events,
                first=prepared,
            )
            peers = _start_peers(stack, events)
            _take_turns([bare, storing, processing, *peers], seconds, rounds)
            _tell(report, bare, storing, processing, peers)
            _check(report, [bare, storing, processing, *peers])


def _take_turns(turns: list[_Turn], seconds: float, rounds: int) -> None:
    for turn in turns:
        turn.take(_WARM_UP, counts=False)
        _forget_open_events()
    for _ in range(rounds):
        for turn in turns:
            turn.take(seconds)
            turn.left.append(_forget_open_events())


def _at_full_speed(url: str, delivery: Delivery, seconds: float) -> Measured:
    return at_full_speed(url, delivery, seconds=seconds, first=0, connections=CONNECTIONS)


def _start_peers(stack: ExitStack, events: Events) -> list[_Turn]:
    """dj-stripe processing, and storing only. None of it if it cannot be installed."""
    try:
        python = str(make_environment("djstripe"))
    except NotInstalledError as reason:
        print(f"SKIPPED: dj-stripe cannot be installed: {reason}", flush=True)
        return []
    url = stack.enter_context(empty_database("djstripe"))
    endpoint = str(uuid.uuid4())
    environment = {
        "PEER_DATABASE_URL": url,
        "PEER_ENDPOINT": endpoint,
        "STRIPE_SECRET_KEY": _PEER_KEY,
    }
    set_up = [python, "-m", "tests.bench.peers.djstripe.set_up"]
    subprocess.run(set_up, cwd=ROOT, env=os.environ | environment, check=True)
    path = f"/stripe/webhook/{endpoint}/"
    return [
        _Turn(
            name,
            stack.enter_context(
                serving(
                    "tests.bench.peers.djstripe.wsgi:application",
                    path=path,
                    environment=environment | more,
                    python=python,
                )
            ),
            path,
            events,
            first,
        )
        for name, more, first in (
            ("dj-stripe", {}, 0),
            # Its handlers are not called, so its events need no objects.
            ("dj-stripe, storing only", {"PEER_STORES_ONLY": "yes"}, REAL_PAYMENTS * OF_PAYMENT),
        )
    ]


def _forget_open_events() -> int:
    """Returns how many were only stored. The next turn must not process them."""
    from payments_graphql.models import EventState, StripeWebhookEvent

    return StripeWebhookEvent.objects.filter(state__in=EventState.open()).delete()[0]


def _tell(
    report: Report, bare: _Turn, storing: _Turn, processing: _Turn, peers: list[_Turn]
) -> None:
    for turn in (bare, storing, processing, *peers):
        _tell_spread(report, f"{turn.name}, at full speed", turn.rates, "/s")
        _tell_spread(report, f"{turn.name}, processor time of the site", turn.milliseconds, "ms")
    left = sum(processing.left) / processing.sent
    report.tell("site: left to payments_reconcile", left * 100, "%")
    processed = statistics.median(processing.rates) * (1 - left)
    report.tell("site: processed before the answer", processed, "/s")
    _tell_spread(report, "storing only / bare view", _divide(storing, bare), "x", at_least=0.8)
    _tell_spread(report, "site / bare view", _divide(processing, bare), "x", at_least=0.5)
    if peers:
        theirs, theirs_storing = peers
        _tell_spread(report, "site / dj-stripe", _divide(processing, theirs), "x", at_least=5)
        _tell_spread(
            report, "storing only / dj-stripe, storing only", _divide(storing, theirs_storing), "x"
        )


def _divide(one: _Turn, other: _Turn) -> list[float]:
    return [rate / beside for rate, beside in zip(one.rates, other.rates, strict=True)]


def _tell_spread(
    report: Report, what: str, values: list[float], unit: str, *, at_least: float | None = None
) -> None:
    """The median, and between which values half of the rounds are."""
    report.tell(what, statistics.median(values), unit, at_least=at_least)
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        print(f"{'  half of the rounds':<62} {low:>11,.2f} to {high:,.2f}", flush=True)


def _check(report: Report, turns: list[_Turn]) -> None:
    from payments_graphql.models import StripeWebhookEvent

    for turn in turns:
        report.check(f"{turn.name}: not answered with 200", turn.failed, 0)
        report.check(f"{turn.name}: errors in its log", turn.site.count_errors(), 0)
        if turn.name == "dj-stripe":
            has_objects = turn.first <= REAL_PAYMENTS * OF_PAYMENT
            report.check("dj-stripe's events have objects at Stripe", has_objects, expected=True)
    states = set(StripeWebhookEvent.objects.values_list("state", flat=True))
    report.check("states of the events that were not left", states, {"processed"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each turn")
    parser.add_argument("--rounds", type=int, default=5)
    return run(parser, lambda report, options: measure(report, options.seconds, options.rounds))


if __name__ == "__main__":
    sys.exit(main())
