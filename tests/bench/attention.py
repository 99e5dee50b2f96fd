"""What needs a person, among a million paid bookings: `python -m tests.bench.attention`.

Nearly all of them are paid and checked, as in a shop that has run for years. A few are overpaid and
stay open, and some were paid since the last round. Finding what needs a person, and checking what
has changed, cost only as much as these few: no statement reads a large table from end to end.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

from tests.bench.database import own_database
from tests.bench.generating import execute, generate
from tests.bench.plans import list_full_scans, noting_statements
from tests.bench.program import run
from tests.bench.report import Report

_USERS = 1000
_ACCOUNT = "acct_bench"
_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_MOST_STATEMENTS = 12
_SLOWEST = 1.0
"""Seconds that a search may take, however many rows there are."""


def measure(report: Report, payments: int, overpaid: int, fresh: int) -> None:
    from django.db.models import F

    os.environ["PAYMENTS_ACCOUNT"] = _ACCOUNT
    with own_database("attention", stripe=_NOWHERE):
        from payments_graphql.models import Booking, StripePaymentIntent
        from payments_graphql.problems import examine, list_stored_problems, refresh
        from payments_graphql.reconciliation import check_bookings

        began = time.monotonic()
        _insert(payments)
        execute("ANALYZE")
        report.tell(f"{payments:,} paid bookings inserted", time.monotonic() - began, "s")
        _time(report, "nothing is open", examine)
        few = Booking.objects.order_by("-reference").values("pk")
        Booking.objects.filter(pk__in=few[:overpaid]).update(amount=1500)
        newest = StripePaymentIntent.objects.order_by("-created_at").values("pk")[:fresh]
        StripePaymentIntent.objects.filter(pk__in=newest).update(status=F("status"))
        what = f"{overpaid} overpaid, {fresh} paid since"
        with noting_statements() as statements:
            found = _time(report, what, examine)
            cleared = _time(report, f"{what}: checked by a round", check_bookings)
        report.check("payments checked", cleared, fresh)
        counts = {problem.kind: problem.count for problem in found}
        report.check("bookings found", counts.get("overpaid_bookings"), overpaid)
        with noting_statements() as after:
            _time(report, "the overpaid alone", examine, at_most=_SLOWEST)
        statements |= after
        with noting_statements() as storing:
            _time(report, "the same, and stored", refresh, at_most=_SLOWEST)
        report.check("statements to examine and store", len(storing) <= _MOST_STATEMENTS, True)
        _time(report, "read from the table", list_stored_problems, at_most=_SLOWEST)
        _time(report, "the overpaid alone: checked by a round", check_bookings, at_most=_SLOWEST)
        report.check("tables read from end to end", list_full_scans(statements), [])


def _time[Result](
    report: Report, what: str, search: Callable[[], Result], *, at_most: float | None = None
) -> Result:
    began = time.monotonic()
    result = search()
    report.tell(what, time.monotonic() - began, "s", at_most=at_most)
    return result


def _insert(count: int) -> None:
    """A payment and an event per booking, and a refund for every tenth payment."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from payments_graphql.models import (
        Booking,
        StripeCustomer,
        StripePaymentIntent,
        StripeRefund,
        StripeWebhookEvent,
    )
    from payments_graphql.stripe_client import API_VERSION

    users = User.objects.bulk_create(User(username=f"customer-{one}") for one in range(_USERS))
    StripeCustomer.objects.bulk_create(
        StripeCustomer(user=user, stripe_customer_id=f"cus_{user.pk}", as_of=timezone.now())
        for user in users
    )
    owners = (
        "(SELECT array_agg(id ORDER BY id) AS pks, array_agg(user_id ORDER BY id) AS users "
        "FROM payments_graphql_stripecustomer) AS owners"
    )
    generate(
        Booking,
        {
            "id": "md5('booking' || n)::uuid",
            "reference": "'B' || lpad(n::text, 9, '0')",
            "user_id": f"owners.users[1 + n % {_USERS}]",
            "amount": "2000",
            "currency": "'USD'",
            "created_at": "now() - n * interval '90 seconds'",
        },
        count,
        beside=owners,
    )
    generate(
        StripePaymentIntent,
        {
            **_mirrored("payment"),
            "customer_id": f"owners.pks[1 + n % {_USERS}]",
            "booking_id": "md5('booking' || n)::uuid",
            "stripe_payment_intent_id": "'pi_' || n",
            "status": "'succeeded'",
            "amount": "2000",
            "amount_received": "2000",
            "amount_capturable": "0",
            "capture_method": "'automatic'",
            "metadata": "'{}'::jsonb",
        },
        count,
        beside=owners,
    )
    generate(
        StripeRefund,
        {
            **_mirrored("refund"),
            "payment_intent_id": "md5('payment' || n * 10)::uuid",
            "stripe_refund_id": "'re_' || n",
            "status": "'succeeded'",
            "amount": "500",
            "amount_due_reduction": "500",
        },
        count // 10,
    )
    generate(
        StripeWebhookEvent,
        {
            "id": "md5('event' || n)::uuid",
            "event_id": "'evt_' || n",
            "type": "'payment_intent.succeeded'",
            "state": "'processed'",
            "source": "'webhook'",
            "account": f"'{_ACCOUNT}'",
            "livemode": "false",
            "api_version": f"'{API_VERSION}'",
            "attempts": "1",
            "stripe_created": "now() - n * interval '30 seconds'",
            "received_at": "now() - n * interval '30 seconds'",
        },
        count,
    )


def _mirrored(name: str) -> dict[str, str]:
    made = "now() - n * interval '90 seconds'"
    return {
        "id": f"md5('{name}' || n)::uuid",
        "livemode": "false",
        "account": f"'{_ACCOUNT}'",
        "version": "3",
        "currency": "'USD'",
        "as_of": made,
        "created_at": made,
        "updated_at": made,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--overpaid", type=int, default=20, help="bookings of them")
    parser.add_argument("--fresh", type=int, default=1_500, help="paid since the last round")
    return run(
        parser,
        lambda report, options: measure(report, options.payments, options.overpaid, options.fresh),
    )


if __name__ == "__main__":
    sys.exit(main())
