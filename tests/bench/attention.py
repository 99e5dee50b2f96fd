"""What needs a person, among a million paid bookings: `python -m tests.bench.attention`.

Nearly all of them are paid and checked, as in a shop that has run for years. A few are overpaid and
stay open, and some were paid since the last round. Finding what needs a person, and checking what
has changed, cost only as much as these few: no statement reads a large table from end to end.
"""

import argparse
import sys
import time
from collections.abc import Callable

from tests.bench.database import ACCOUNT, own_database
from tests.bench.generating import execute
from tests.bench.paid_bookings import insert_paid_bookings
from tests.bench.plans import list_full_scans, noting_statements
from tests.bench.program import run
from tests.bench.report import Report

_NOWHERE = "http://127.0.0.1:9"  # Stripe is not called
_MOST_STATEMENTS = 12
_SLOWEST = 1.0
"""Seconds that a search may take, however many rows there are."""


def measure(report: Report, payments: int, overpaid: int, fresh: int) -> None:
    from django.db.models import F

    with own_database("attention", stripe=_NOWHERE, account=ACCOUNT):
        from payments_graphql.models import Booking, StripePaymentIntent
        from payments_graphql.problems import examine, list_stored_problems, refresh
        from payments_graphql.reconciliation import check_bookings

        began = time.monotonic()
        insert_paid_bookings(payments)
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
