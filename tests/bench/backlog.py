"""A backlog of stored events, processed by `payments_reconcile`: `python -m tests.bench.backlog`.

As after an hour in which nothing could be processed. The events are stored like the webhook view
stores them, and `manage.py payments_reconcile --every 1` does the rest. `--events 50000` in `make
soak`.
"""

import argparse
import json
import sys
import time

from tests.bench.database import own_database
from tests.bench.events import OF_PAYMENT, Events, count_right_payments, prepare_events
from tests.bench.processes import running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.site import Started, reconciling

_STALLED = 60.0
"""Seconds without progress until it gives up."""


def measure(report: Report, count: int) -> None:
    count -= count % OF_PAYMENT
    with running() as sandbox, own_database("backlog", stripe=sandbox.url):
        events = prepare_events(count)
        _store(events, count)
        report.check("events in the inbox", _count_open(), count)
        with reconciling(every=1) as reconcile:
            _wait_for_first(reconcile, count)
            seconds, drained = _drain(reconcile)
            report.tell(f"drained, {drained:,} events", drained / seconds, "/s")
            report.tell("drained, after", seconds, "s")
            report.tell("reconcile, processor time for each event", _cpu(reconcile, count), "ms")
            report.tell("reconcile, resident", reconcile.resident_megabytes(), "MB")
            report.check("errors in the log", reconcile.count_errors(), 0)
        report.check("events left", _count_open(), 0)
        right = count_right_payments(events, 0, count)
        report.check("payments right in the mirror", right, count // OF_PAYMENT)


def _store(events: Events, count: int) -> None:
    from django.db import transaction

    from payments_graphql.models import EventSource
    from payments_graphql.webhooks import inbox

    # One by one as in the view, but in one transaction, since nobody waits for the answer here.
    with transaction.atomic():
        for body in map(events.body, range(count)):
            inbox.store(json.loads(body), EventSource.WEBHOOK)


def _wait_for_first(reconcile: Started, count: int) -> None:
    """The start of the process does not count."""
    while _count_open() == count:
        _give_up_if_ended(reconcile)
        time.sleep(0.05)


def _drain(reconcile: Started) -> tuple[float, int]:
    began = moved = time.monotonic()
    first = left = _count_open()
    while left:
        time.sleep(0.2)
        now = _count_open()
        if now < left:
            left, moved = now, time.monotonic()
        elif time.monotonic() - moved > _STALLED:
            break
        _give_up_if_ended(reconcile)
    return time.monotonic() - began, first - left


def _give_up_if_ended(reconcile: Started) -> None:
    if not reconcile.is_running():
        raise RuntimeError("reconcile ended")


def _cpu(reconcile: Started, count: int) -> float:
    return reconcile.cpu_seconds() / count * 1000


def _count_open() -> int:
    from payments_graphql.models import EventState, StripeWebhookEvent

    return StripeWebhookEvent.objects.filter(state__in=EventState.open()).count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000)
    return run(parser, lambda report, options: measure(report, options.events))


if __name__ == "__main__":
    sys.exit(main())
