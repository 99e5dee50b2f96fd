"""Webhooks at 300 a second, and as fast as possible: `python -m tests.bench.webhooks`.

Each webhook is a real event, signed, about a mirrored payment. The answer comes when the event is
stored and, if no other thread is working, applied. For comparison, a bare view that only verifies
and inserts. Nothing may be lost: at the end every event is processed, and every payment right.
`--seconds 600` in `make soak`.
"""

import argparse
import sys
import time

from tests.bench.bare.urls import TABLE
from tests.bench.database import own_database
from tests.bench.events import OF_PAYMENT, Delivery, Events, count_right_payments, prepare_events
from tests.bench.load import Measured, at_full_speed, at_rate, in_own_process
from tests.bench.processes import running
from tests.bench.program import run
from tests.bench.report import Report, percentile
from tests.bench.site import WEBHOOK_PATH, Started, reconciling, serving

RATE = 300
CONNECTIONS = 16
FULL_SPEED = 5.0
"""Seconds."""
_WARM_UP = 300
_MOST_A_SECOND = 3000
"""More than is possible: the number of events prepared per second at full speed."""
_BARE = "tests.bench.bare.wsgi:application"
_BARE_PATH = "/webhooks/"


def measure(report: Report, seconds: float) -> None:
    count = round(RATE * seconds)
    count -= count % OF_PAYMENT
    prepared = _WARM_UP + count + round(FULL_SPEED * _MOST_A_SECOND)
    with running() as sandbox, own_database("webhooks", stripe=sandbox.url):
        events = prepare_events(prepared)
        _execute(TABLE)
        with serving(_BARE, path=_BARE_PATH) as bare:
            at_rate_of_bare = _send_at_rate(bare, events, _BARE_PATH, min(count, RATE * 60))
            full_of_bare = _send_at_full_speed(bare, events, _BARE_PATH, prepared)
            _tell(report, "bare view", bare, at_rate_of_bare, full_of_bare)
        with serving() as site, reconciling(every=60) as reconcile:
            ours = _send_at_rate(site, events, WEBHOOK_PATH, count)
            full = _send_at_full_speed(site, events, WEBHOOK_PATH, _WARM_UP + count)
            _tell(report, "webhooks", site, ours, full)
            report.tell(
                "webhooks / bare view, p99 at that rate", _ratio(ours, at_rate_of_bare), "x"
            )
            report.tell("bare view / webhooks, at full speed", full_of_bare.rate / full.rate, "x")
            sent = _WARM_UP + count + len(full.latencies)
            _wait_until_processed(report, sent)
            _check(report, events, (ours, full), sent)
            report.check("errors in the logs", site.count_errors() + reconcile.count_errors(), 0)


def _send_at_rate(site: Started, events: Events, path: str, count: int) -> Measured:
    """After a warm-up, which does not count."""
    warm = in_own_process(_at_rate, site.url, Delivery(events, path), RATE / 2, _WARM_UP)
    measured = in_own_process(_at_rate, site.url, Delivery(events, path, _WARM_UP), RATE, count)
    measured.outcomes += warm.outcomes
    return measured


def _send_at_full_speed(site: Started, events: Events, path: str, first: int) -> Measured:
    return in_own_process(_at_full_speed, site.url, Delivery(events, path), first)


def _at_rate(url: str, delivery: Delivery, rate: float, count: int) -> Measured:
    return at_rate(url, delivery, rate=rate, count=count, connections=CONNECTIONS)


def _at_full_speed(url: str, delivery: Delivery, first: int) -> Measured:
    return at_full_speed(url, delivery, seconds=FULL_SPEED, first=first, connections=CONNECTIONS)


def _tell(report: Report, what: str, site: Started, steady: Measured, full: Measured) -> None:
    sent = _WARM_UP + len(steady.latencies) + len(full.latencies)
    cpu = site.cpu_seconds() / sent * 1000  # including the start of its processes
    reached = min(len(steady.latencies) / steady.seconds, RATE)
    report.tell(f"{what}, {len(steady.latencies):,} at {RATE} a second: reached", reached, "/s")
    report.tell_latency(f"{what}, the answer at that rate", steady.latencies)
    report.tell(f"{what}, at full speed", full.rate, "/s")
    report.tell_latency(f"{what}, the answer at full speed", full.latencies)
    report.tell(f"{what}, processor time of the site for each", cpu, "ms")


def _ratio(ours: Measured, theirs: Measured) -> float:
    return percentile(ours.latencies, 99) / percentile(theirs.latencies, 99)


def _wait_until_processed(report: Report, sent: int) -> None:
    """`payments_reconcile` reads what could not be applied at once."""
    from payments_graphql.models import EventState, StripeWebhookEvent

    began = time.monotonic()
    open_events = StripeWebhookEvent.objects.filter(state__in=EventState.open())
    left = open_events.count()
    report.tell(f"left to reconcile, of {sent:,}", left)
    while open_events.exists() and time.monotonic() - began < max(120, left / 20):
        time.sleep(0.2)
    report.tell("processed by reconcile", left / (time.monotonic() - began), "/s")


def _check(report: Report, events: Events, sent: tuple[Measured, ...], count: int) -> None:
    from payments_graphql.models import StripeWebhookEvent

    report.check("deliveries not answered with 200", sum(one.count_failed for one in sent), 0)
    processed = StripeWebhookEvent.objects.filter(state="processed").count()
    report.check("events stored and processed", processed, count)
    whole = count // OF_PAYMENT
    right = count_right_payments(events, 0, count)
    # The last payment may have got only two of its events, in the order in which they were sent.
    report.check("payments right in the mirror", right in (whole, whole + 1), expected=True)


def _execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="at the fixed rate")
    return run(parser, lambda report, options: measure(report, options.seconds))


if __name__ == "__main__":
    sys.exit(main())
