"""A round of `payments_reconcile` over a million payments: `python -m tests.bench.reconcile`.

Nearly all of them are final, as in a shop that has run for years. A few thousand are not, exist at
the sandbox, and are due to be read again. A round takes no more memory than over an empty mirror,
apart from what it reads, and no statement reads a large table from end to end. `--intents 1000000`
in `make soak`.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta

from tests.bench.database import own_database
from tests.bench.generating import execute, generate
from tests.bench.plans import list_full_scans, noting_statements
from tests.bench.processes import ROOT, Server, running
from tests.bench.program import run
from tests.bench.report import Report

CUSTOMERS = 1000
_MOST_ROUNDS = 200
_GROWTH = 30.0
"""Megabytes that a round over a million payments may take above one over none."""


@dataclass(frozen=True)
class Round:
    """What one process of `manage.py payments_reconcile` took, including its start."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    said: str


def measure(report: Report, intents: int, due: int) -> None:
    with running() as sandbox, own_database("reconcile", stripe=sandbox.url):
        customers = _make_customers(sandbox)
        empty = _run_round()
        _tell(report, "over an empty mirror", empty)
        began = time.monotonic()
        _insert_final(intents - due)
        _insert_due(sandbox, customers, due)
        execute("ANALYZE")
        report.tell(f"{intents:,} payments put into the mirror", time.monotonic() - began, "s")
        report.tell("of them due to be read", _count_due())
        first = _run_round()
        _tell(report, "first round", first)
        rounds = [first]
        while _count_left() and len(rounds) < _MOST_ROUNDS:
            rounds.append(_run_round())
        report.tell("rounds until nothing was left", len(rounds))
        report.tell("rounds, processor time of all", sum(one.cpu_seconds for one in rounds), "s")
        idle = _run_round()
        _tell(report, "a round with nothing left", idle)
        grown = max(one.megabytes for one in (*rounds, idle)) - empty.megabytes
        report.tell("most memory, above the empty mirror's", grown, "MB", at_most=_GROWTH)
        report.check("tables of many rows read from end to end", _list_full_scans(), [])
        wrong = _count_differing(sandbox)
        report.check("payments that differ from the sandbox", wrong, 0)


def _tell(report: Report, what: str, one: Round) -> None:
    report.tell(f"{what}: the process, start included", one.seconds, "s")
    report.tell(f"{what}: processor time", one.cpu_seconds, "s")
    report.tell(f"{what}: most memory, resident", one.megabytes, "MB")


def _run_round() -> Round:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "payments_reconcile"],
        cwd=ROOT,
        env=os.environ | {"LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    # Not `process.wait()`: only this reports what that one process took.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # 2: a person is needed. All events are pulled here, so the payments "brought no webhook".
    if process.returncode not in (0, 1, 2):
        raise RuntimeError(f"reconcile ended with code {process.returncode}: {said}")
    seconds = time.monotonic() - began
    return Round(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def _make_customers(sandbox: Server) -> list[str]:
    from django.contrib.auth.models import User
    from django.utils import timezone

    from payments_graphql.models import StripeCustomer

    connection = sandbox.connect()
    ids = [connection.call("POST", "/v1/customers", {})["id"] for _ in range(CUSTOMERS)]
    connection.close()
    users = User.objects.bulk_create(User(username=f"customer-{one}") for one in range(CUSTOMERS))
    StripeCustomer.objects.bulk_create(
        StripeCustomer(user=user, stripe_customer_id=one, as_of=timezone.now())
        for user, one in zip(users, ids, strict=True)
    )
    return ids


def _insert_final(count: int) -> None:
    """Succeeded or canceled over the last three years, in one statement."""
    from payments_graphql.models import StripePaymentIntent, get_account

    values = {
        "id": "gen_random_uuid()",
        "livemode": "false",
        "account": f"'{get_account()}'",
        "as_of": "now() - n * interval '90 seconds'",
        "next_read_at": "NULL::timestamptz",
        "version": "3",
        "created_at": "now() - n * interval '90 seconds'",
        "updated_at": "now() - n * interval '90 seconds'",
        "customer_id": "owners.pks[1 + n % array_length(owners.pks, 1)]",
        "stripe_payment_intent_id": "'pi_final' || n",
        "status": "CASE WHEN n % 20 = 0 THEN 'canceled' ELSE 'succeeded' END",
        "amount": "2000",
        "amount_received": "CASE WHEN n % 20 = 0 THEN 0 ELSE 2000 END",
        "amount_capturable": "0",
        "currency": "'USD'",
        "capture_method": "'automatic'",
        "metadata": "'{}'::jsonb",
        "latest_charge_id": "CASE WHEN n % 20 = 0 THEN '' ELSE 'ch_final' || n END",
    }
    owners = "(SELECT array_agg(id) AS pks FROM payments_graphql_stripecustomer) AS owners"
    generate(StripePaymentIntent, values, count, beside=owners)


def _insert_due(sandbox: Server, customers: list[str], count: int) -> None:
    """Created at Stripe an hour ago, unpaid as far as the mirror knows, and due to be read."""
    from django.utils import timezone

    from payments_graphql.models import StripeCustomer, StripePaymentIntent

    owners = dict(StripeCustomer.objects.values_list("stripe_customer_id", "pk"))
    now = timezone.now()
    connection = sandbox.connect()
    rows = []
    for number in range(count):
        customer = customers[number % len(customers)]
        # Half of them have been paid since, without a webhook.
        form = {"amount": "2000", "currency": "usd", "customer": customer}
        made = (
            connection.pay(customer=customer)
            if number % 2
            else connection.call("POST", "/v1/payment_intents", form)
        )
        rows.append(
            StripePaymentIntent(
                customer_id=owners[customer],
                stripe_payment_intent_id=made["id"],
                amount=2000,
                currency="USD",
                as_of=now - timedelta(hours=1),
                next_read_at=now,
                version=1,
            )
        )
    connection.close()
    StripePaymentIntent.objects.bulk_create(rows, batch_size=2000)


def _count_due() -> int:
    from django.utils import timezone

    from payments_graphql.models import StripePaymentIntent

    return StripePaymentIntent.objects.filter(next_read_at__lte=timezone.now()).count()


def _count_left() -> int:
    """Payments to read, and events to process."""
    from payments_graphql.models import EventState, StripeWebhookEvent

    return _count_due() + StripeWebhookEvent.objects.filter(state__in=EventState.open()).count()


def _count_differing(sandbox: Server) -> int:
    from payments_graphql.models import StripePaymentIntent

    ours = dict(
        StripePaymentIntent.objects.exclude(
            stripe_payment_intent_id__startswith="pi_final"
        ).values_list("stripe_payment_intent_id", "status")
    )
    connection = sandbox.connect()
    theirs = {one["id"]: one["status"] for one in connection.list_all("/v1/payment_intents")}
    connection.close()
    return sum(ours.get(one) != status for one, status in theirs.items())


def _list_full_scans() -> list[str]:
    """Large tables that a statement of a round would read from end to end, by its plan."""
    from payments_graphql.reconciliation import reconcile

    with noting_statements() as statements:
        reconcile()
    return list_full_scans(statements)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intents", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=1_000, help="of them, not final")
    return run(parser, lambda report, options: measure(report, options.intents, options.due))


if __name__ == "__main__":
    sys.exit(main())
