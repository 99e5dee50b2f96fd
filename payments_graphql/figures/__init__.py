"""Figures of each day for the dashboard, kept up to date instead of counted for each page.

Note [Daily figures]
A figure is a count and a sum for one day, one currency, one account and one mode. Every row counts
on the day on which it was created, in the site's TIME_ZONE, and by the status that it has now. So a
figure is exactly what a list of the admin shows for the same days, and a refund that fails later
changes the day on which it was made. The figures are:

- paid: payments that succeeded, and the amount received. authorized: payments that wait to be
  captured, and the amount held. not paid: payments whose last attempt failed.
- success rate: paid and authorized payments, as a share of these and of the payments not paid. A
  payment that nobody tried to pay, or that is still in progress, does not count.
- declined: attempts to pay that failed, by decline code, on the day of the attempt. A payment can
  have several, also one that succeeded later.
- fees: what Stripe charged for the paid payments whose fee is known. Their count says how many.
- refunded: refunds that succeeded. in progress, failed: by status. A reservation that Stripe has
  not accepted does not count.
- disputes: all that were opened, inquiries included, and the disputed amount. won, lost: of these.
- webhook delay: the seconds from an event at Stripe until its webhook was stored, on the day on
  which it arrived. Polled events, whose webhook was lost, are counted separately.

`refresh` finds what has changed by an index on `updated_at`, and counts the days of these rows
again. Counting a day replaces its figures in one transaction, so nothing is lost or counted twice
if a process dies. One process at a time counts a source; the fence stops one whose claim ended. A
row's `updated_at` is set shortly before its transaction is committed, so each round reads the last
minutes again (`OVERLAP`)."""

from .days import get_day, get_today, start_of
from .formats import format_count, format_rate, format_sum
from .periods import LONGEST, Figures, Mode, Period, Total, read_figures, read_series
from .refreshing import (
    Progress,
    count_days_left,
    get_progress,
    rebuild,
    refresh,
    refresh_if_older,
)

__all__ = [
    "LONGEST",
    "Figures",
    "Mode",
    "Period",
    "Progress",
    "Total",
    "count_days_left",
    "format_count",
    "format_rate",
    "format_sum",
    "get_day",
    "get_progress",
    "get_today",
    "read_figures",
    "read_series",
    "rebuild",
    "refresh",
    "refresh_if_older",
    "start_of",
]
