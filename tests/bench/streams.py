"""1,000 viewers of their payments, on one process: `python -m tests.bench.streams`.

Each stream has its own payment. For a while there are only heartbeats. Then one payment after
another changes, as the mirror writes it, and its stream reports it. At the end every change has
arrived, in order, and the site holds only the connection that it listens to.
"""

import argparse
import random
import resource
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.database import count_connections, own_database
from tests.bench.processes import running
from tests.bench.program import run
from tests.bench.report import Report
from tests.bench.site import Started, serving
from tests.bench.tokens import make_token
from tests.bench.watching import Watchers, watching

OF_EACH = 10
"""Streams per person, which is the maximum."""
_RATE = 20
"""Changes a second."""


@dataclass(frozen=True)
class Payment:
    """`token` is its owner's."""

    pk: uuid.UUID
    token: str


def measure(report: Report, count: int, seconds: float, changes: int) -> None:
    _allow_open_files()
    with (
        running() as sandbox,
        own_database("streams", stripe=sandbox.url) as database,
        serving("settings.asgi:application", workers=1, threads=None) as site,
    ):
        payments = _make_payments(count)
        asked = [(str(payment.pk), payment.token) for payment in payments]
        with watching(site.url, asked[:50]):
            pass  # so that what the first streams need permanently is not counted
        before = site.resident_megabytes()
        began = time.monotonic()
        with watching(site.url, asked) as watchers:
            report.tell(f"{count:,} streams opened within", time.monotonic() - began, "s")
            used = site.resident_megabytes() - before
            report.tell("site, resident, before", before, "MB")
            report.tell("memory for each stream", used / count * 1024, "KB")
            _tell_idle(report, site, seconds)
            _tell_connections(report, database)
            _tell_changes(report, site, watchers, payments, changes)
        report.check("errors in the log", site.count_errors(), 0)


def _tell_idle(report: Report, site: Started, seconds: float) -> None:
    used = site.cpu_seconds()
    time.sleep(seconds)
    used = site.cpu_seconds() - used
    report.tell("processor time in a second without changes", used / seconds * 1000, "ms")


def _tell_connections(report: Report, database: str) -> None:
    """One to listen, and the pools of the site's few threads and of this process."""
    states = count_connections(database)
    report.tell("connections to PostgreSQL", sum(states.values()), at_most=10)
    report.check("of these in a transaction", states.get("idle in transaction", 0), 0)


def _tell_changes(
    report: Report, site: Started, watchers: Watchers, payments: Sequence[Payment], count: int
) -> None:
    used = site.cpu_seconds()
    committed: dict[tuple[str, int], float] = {}
    for _ in range(count):
        began = time.monotonic()
        payment = random.choice(payments)
        version = _change(payment.pk)
        committed[str(payment.pk), version] = time.monotonic()
        time.sleep(max(0, 1 / _RATE - (time.monotonic() - began)))
    time.sleep(1)
    arrived = watchers.stop()
    report.tell(f"processor time of each of {count:,} changes, heart-beats included",
                (site.cpu_seconds() - used) / count * 1000, "ms")  # fmt: skip
    latencies = [
        max(arrived.at[change] - at, 0) for change, at in committed.items() if change in arrived.at
    ]
    report.tell_latency("from the commit to the browser", latencies)
    report.check("changes that came", len(latencies), len(committed))
    report.check("older after newer", arrived.count_disordered, 0)
    report.check("streams that ended", arrived.count_ended, 0)


def _make_payments(count: int) -> list[Payment]:
    from django.contrib.auth import get_user_model

    from payments_graphql.models import StripeCustomer, StripePaymentIntent

    user_model = get_user_model()
    payments = []
    for number in range(-(-count // OF_EACH)):
        user = user_model._default_manager.create(username=f"customer-{number}")
        token = make_token(user)
        customer = StripeCustomer.objects.create(user=user, stripe_customer_id=f"cus_{number}")
        rows = StripePaymentIntent.objects.bulk_create(
            StripePaymentIntent(
                customer=customer,
                stripe_payment_intent_id=f"pi_{number}_{index}",
                amount=2000,
                currency="USD",
            )
            for index in range(OF_EACH)
        )
        payments += [Payment(row.pk, token) for row in rows]
    return payments[:count]


def _change(pk: uuid.UUID) -> int:
    """Like the mirror does. Returns the new version."""
    from django.db import transaction
    from django.utils import timezone

    from payments_graphql.mirror.rows import write
    from payments_graphql.models import StripePaymentIntent

    with transaction.atomic():
        row = StripePaymentIntent.objects.select_for_update().get(pk=pk)
        write(row, {"amount_capturable": row.amount_capturable + 1}, as_of=timezone.now())
    return row.version


def _allow_open_files() -> None:
    """Here and in all processes that are started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=24, help="without changes")
    parser.add_argument("--changes", type=int, default=200)
    return run(
        parser,
        lambda report, options: measure(report, options.streams, options.seconds, options.changes),
    )


if __name__ == "__main__":
    sys.exit(main())
