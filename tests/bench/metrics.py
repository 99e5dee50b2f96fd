"""What a scrape of `/metrics` costs beside a million payments and three million events, and what
counting costs a request: `python -m tests.bench.metrics`.

Four processes have counted something of everything, with every call of Stripe, currency and code
that a busy site sees. The cost of counting is the time of the functions alone, in one thread.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.database import own_database
from tests.bench.generating import execute, generate
from tests.bench.plans import list_full_scans, noting_every_statement
from tests.bench.processes import ROOT
from tests.bench.program import run
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_SLOWEST = 50.0
"""Milliseconds that a scrape may take, however many rows there are."""
_PROCESSES = 4
_SCRAPES = 25
_COUNTS = """
from tests.bench.metrics import count_everything
count_everything()
print("counted", flush=True)
input()
"""


def measure(report: Report, payments: int, events: int, backlog: int) -> None:
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        os.environ["PAYMENTS_METRICS_TOKEN"] = "a-token-for-measuring"
        os.environ["LOG_LEVEL"] = "WARNING"
        stack.enter_context(own_database("metrics", stripe=_NOWHERE))
        began = time.monotonic()
        _insert(payments, events)
        execute("ANALYZE")
        rows = f"{payments:,} payments and operations, {events:,} events"
        report.tell(f"{rows} inserted", time.monotonic() - began, "s")
        _time_counting(report)
        with _counting_processes():
            size = len(_scrape())
            report.tell("size of an answer", size / 1000, "kB")
            _time_scrapes(report, f"{_PROCESSES} processes, nothing open", fresh=True)
            _time_scrapes(report, f"{_PROCESSES} processes, gauges from memory", fresh=False)
            _open(backlog)
            execute("ANALYZE")
            with noting_every_statement() as statements:
                _time_scrapes(report, f"the same, {backlog:,} events open", fresh=True)
            report.check("tables read from end to end", list_full_scans(statements), [])
        began = time.perf_counter()
        _scrape()
        took = (time.perf_counter() - began) * 1000
        report.tell(f"the first scrape after {_PROCESSES} processes died", took, "ms")
        names = sorted(path.name for path in Path(directory).glob("*.db"))
        dead = [name for name in names if name.endswith("_dead.db")]
        report.check(
            "files of dead processes added up", dead, ["counter_dead.db", "histogram_dead.db"]
        )


def count_everything() -> None:
    """What a busy process has counted: about 1,200 time series."""
    import django

    django.setup()
    from payments_graphql import stripe_client
    from payments_graphql.declines import list_known_codes
    from payments_graphql.metrics import instruments, labels

    calls = [name for name in stripe_client.__all__ if name.split("_")[0] in _VERBS]
    for call in calls:
        for outcome in ("ok", "refused", "no_answer"):
            instruments.STRIPE_CALLS.labels(call, outcome).inc()
        instruments.STRIPE_SECONDS.labels(call).observe(0.2)
    for currency in ("USD", "EUR", "GBP", "JPY"):
        for code in list_known_codes():
            instruments.DECLINES.labels(code, currency).inc()
        for outcome in ("created", "succeeded", "declined", "canceled", "authorized"):
            instruments.PAYMENTS.labels(outcome, currency).inc()
    for operation in range(45):
        for outcome in ("ok", "invalid", "limited"):
            instruments.GRAPHQL.labels(f"field{operation}", "query", outcome).inc()
    for kind in ("query", "mutation", "subscription", "none"):
        instruments.GRAPHQL_SECONDS.labels(kind).observe(0.02)
    for result in labels.WEBHOOK_RESULTS:
        instruments.WEBHOOKS.labels(result).inc()
    for source in ("webhook", "pull"):
        instruments.WEBHOOK_DELAY.labels(source).observe(1)
    instruments.STREAMS.labels("sse").set(20)


_VERBS = ("create", "retrieve", "list", "update", "cancel", "move", "detach", "close", "delete")


@contextmanager
def _counting_processes() -> Iterator[None]:
    command = [sys.executable, "-c", _COUNTS]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(_PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "counted\n"
        yield
    finally:
        for process in processes:
            process.communicate("\n", timeout=20)


def _scrape() -> bytes:
    from django.test import Client

    headers = {"Authorization": "Bearer a-token-for-measuring"}
    answer = Client(SERVER_NAME="127.0.0.1").get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.status_code
    return bytes(answer.content)


def _time_scrapes(report: Report, what: str, *, fresh: bool) -> None:
    from payments_graphql.prometheus.exposition import database

    times, own = [], []
    for _ in range(_SCRAPES):
        if fresh:
            database.forget()
        began, began_own = time.perf_counter(), time.process_time()
        _scrape()
        times.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - began_own) * 1000)
    report.tell(f"{what}: median", statistics.median(times), "ms", at_most=_SLOWEST)
    report.tell(f"{what}: fastest", min(times), "ms")
    report.tell(f"{what}: processor time", statistics.median(own), "ms")


def _time_counting(report: Report) -> None:
    from payments_graphql import metrics

    def webhook() -> None:
        metrics.count_received_webhook("stored")
        metrics.count_stored_event("webhook", 1.0)
        metrics.count_processed_events("processed")

    def payment() -> None:
        """A mutation with one call of Stripe that settles an operation."""
        metrics.count_graphql("createPaymentIntent", "mutation", "ok", 0.1)
        metrics.count_stripe_call("payment_intents.create", 0.1)
        metrics.count_operation("create_payment_intent", "succeeded")

    def query() -> None:
        metrics.count_graphql("paymentIntents", "query", "ok", 0.01)

    _time_calls(report, "counting a query", query)
    _time_calls(report, "counting a mutation with a call of Stripe", payment)
    _time_calls(report, "counting a webhook", webhook)


def _time_calls(report: Report, what: str, count: Callable[[], None]) -> None:
    count()
    began = time.process_time()
    for _ in range(5000):
        count()
    report.tell(f"{what}: processor time", (time.process_time() - began) / 5000 * 1e6, "µs")


def _insert(payments: int, events: int) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from payments_graphql.models import (
        Operation,
        StripeAccount,
        StripeCustomer,
        StripePaymentIntent,
        StripeWebhookEvent,
    )
    from payments_graphql.models.stripe_account import _hash_key

    StripeAccount.objects.create(key_hash=_hash_key(), account="acct_bench", livemode=False)
    user = User.objects.create(username="customer")
    customer = StripeCustomer.objects.create(
        user=user, stripe_customer_id="cus_1", as_of=timezone.now(), account="acct_bench"
    )
    ours = {"livemode": "false", "account": "'acct_bench'"}
    made = "now() - n * interval '30 seconds'"
    generate(
        StripePaymentIntent,
        {
            **ours,
            "id": "md5('payment' || n)::uuid",
            "customer_id": f"'{customer.pk}'::uuid",
            "stripe_payment_intent_id": "'pi_' || n",
            "status": "'succeeded'",
            "amount": "2000",
            "amount_received": "2000",
            "amount_capturable": "0",
            "currency": "'USD'",
            "capture_method": "'automatic'",
            "metadata": "'{}'::jsonb",
            "version": "3",
            **dict.fromkeys(("as_of", "created_at", "updated_at"), made),
        },
        payments,
    )
    generate(
        Operation,
        {
            **ours,
            "id": "md5('operation' || n)::uuid",
            "actor": "'user:1'",
            "key": "'key-' || n",
            "kind": "'create_payment_intent'",
            "parameters": "'{}'::jsonb",
            "unasked": "'[]'::jsonb",
            "state": "'succeeded'",
            "fence": "1",
            "attempts": "1",
            "server_error": "false",
            "payment_intent_id": "md5('payment' || n)::uuid",
            **dict.fromkeys(("created_at", "settled_at"), made),
        },
        payments,
    )
    generate(StripeWebhookEvent, _describe_event(ours), events)


def _describe_event(ours: dict[str, str]) -> dict[str, str]:
    """A processed event, with a payload of about a kilobyte."""
    return {
        **ours,
        "id": "md5('event' || n)::uuid",
        "event_id": "'evt_' || n",
        "type": "'payment_intent.succeeded'",
        "object_id": "'pi_' || n / 3",
        "source": "'webhook'",
        "payload": "jsonb_build_object('id', n, 'data', repeat(md5(n::text), 30))",
        "state": "'processed'",
        "attempts": "1",
        **dict.fromkeys(
            ("stripe_created", "received_at", "processed_at"), "now() - n * interval '10 seconds'"
        ),
    }


def _open(backlog: int) -> None:
    """A flood: events that wait, that failed and that are dead, and operations that wait."""
    from payments_graphql.models import Operation, StripeWebhookEvent

    def change(model: Any, first: int, count: int, name: str, values: str) -> None:
        numbers = (
            f"SELECT md5('{name}' || n)::uuid FROM generate_series({first}, {first + count}) n"
        )
        execute(f"UPDATE {model._meta.db_table} SET {values} WHERE id IN ({numbers})")

    for number, state in enumerate(("pending", "failed")):
        waits = f"state = '{state}', next_attempt_at = now()"
        change(StripeWebhookEvent, 1 + number * backlog, backlog, "event", waits)
    change(StripeWebhookEvent, 1 + 2 * backlog, 1000, "event", "state = 'dead'")
    change(Operation, 1, 300, "operation", "state = 'unknown', next_attempt_at = now()")
    change(Operation, 500, 100, "operation", "state = 'needs_review'")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--backlog", type=int, default=20_000, help="events per state")
    return run(
        parser,
        lambda report, options: measure(report, options.payments, options.events, options.backlog),
    )


if __name__ == "__main__":
    sys.exit(main())
