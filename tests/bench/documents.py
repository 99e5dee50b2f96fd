"""The most expensive requests of 64 KB: `python -m tests.bench.documents`.

Each goes through the site's own view in this process, on SQLite and with production's settings.
Only processor time is counted, so that other load on the machine does not matter. Most of the
requests are refused, which must be quick. The others are at the limits. The slowest of three runs
is reported.
"""

import argparse
import gc
import json
import logging
import os
import sys
import tempfile
import time
from typing import Any

from tests.bench.database import get_environment
from tests.bench.hostile_requests import (
    LARGEST,
    Body,
    make_dear,
    make_introspection,
    make_passed,
    make_refused,
    make_suggested,
)
from tests.bench.program import run
from tests.bench.report import Report

AT_MOST = 250.0
"""Milliseconds of processor time for a refused request."""
REPEATS = 3
PAYMENTS = 100
REFUNDS = 5
"""Of each payment."""


def measure(report: Report, _: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _prepare(f"sqlite:///{folder}/db.sqlite3")
        from django.conf import settings
        from django.test import Client

        anybody = Client()
        anybody.post("/graphql/", {"query": "{ __typename }"}, content_type="application/json")
        # Otherwise a full garbage collection would happen during some request.
        gc.collect()
        gc.freeze()
        _ask(report, anybody, "nothing but __typename", {"query": "{ __typename }"})
        for what, body in make_refused():
            _ask(report, anybody, what, body, is_refused=True)
        for what, body in make_passed():
            _ask(report, anybody, what, body)
        customer = _sign_in()
        for what, body in make_dear():
            _ask(report, customer, what, body)
        settings.PAYMENTS_GRAPHQL_SUGGESTIONS = True
        for what, body in make_suggested():
            _ask(report, anybody, what, body, is_refused=True)
        settings.PAYMENTS_GRAPHQL_INTROSPECTION = True
        for what, body, is_refused in make_introspection():
            _ask(report, anybody, what, body, is_refused=is_refused)


def _ask(report: Report, client: Any, what: str, body: Body, *, is_refused: bool = False) -> None:
    """A goal only for refused requests, since an allowed one may be worth its time."""
    from schema.engine.extensions import valid_documents

    text = json.dumps(body)
    if len(text) > LARGEST:
        report.check(f"{what}: bytes", len(text), f"at most {LARGEST}")
    times = []
    for _ in range(REPEATS):
        valid_documents.clear()
        began = time.process_time()
        response = client.post(
            "/graphql/",
            text,
            content_type="application/json",
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        times.append((time.process_time() - began) * 1000)
    report.tell(what, max(times), "ms", at_most=AT_MOST if is_refused else None)
    codes = {error["extensions"]["code"] for error in response.json().get("errors", [])}
    # Mostly without signing in, since those requests got through so far.
    was_refused = bool(codes - {"UNAUTHENTICATED", "MORE_ERRORS"})
    if response.status_code >= 500 or was_refused != is_refused:
        expected = "a refusal" if is_refused else "an answer"
        report.check(f"{what}: {response.status_code}", sorted(codes), expected)


def _prepare(database_url: str) -> None:
    import django
    from django.core.management import call_command

    os.environ |= get_environment(database_url, "http://127.0.0.1:9")
    os.environ |= {"ALLOWED_HOSTS": "testserver", "PAYMENTS_ACCOUNT": "acct_bench"}
    django.setup()
    logging.disable(logging.CRITICAL)  # of this process, whose output is the table
    call_command("migrate", verbosity=0)


def _sign_in() -> Any:
    """A customer with partly refunded payments."""
    from django.contrib.auth.models import User
    from django.test import Client
    from django.utils import timezone

    from payments_graphql.models import StripeCustomer, StripePaymentIntent, StripeRefund

    user = User.objects.create(username="customer")
    now = timezone.now()
    customer = StripeCustomer.objects.create(user=user, stripe_customer_id="cus_1", as_of=now)
    intents = StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=customer,
            stripe_payment_intent_id=f"pi_{number}",
            status="succeeded",
            amount=2000,
            amount_received=2000,
            currency="USD",
            metadata={"order": str(number)},
            as_of=now,
        )
        for number in range(PAYMENTS)
    )
    StripeRefund.objects.bulk_create(
        StripeRefund(
            payment_intent=intent,
            stripe_refund_id=f"re_{intent.stripe_payment_intent_id}_{number}",
            status="succeeded",
            amount=100,
            currency="USD",
            as_of=now,
        )
        for intent in intents
        for number in range(REFUNDS)
    )
    client = Client()
    client.force_login(user)
    return client


def main() -> int:
    return run(argparse.ArgumentParser(description=__doc__), measure)


if __name__ == "__main__":
    sys.exit(main())
