"""Finds bookings that need a person. See Note [Unchecked rows] and Note [Sums of money]."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Prefetch, Q, Sum
from django.db.models.functions import Upper

from ..models import (
    AbstractBooking,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    balance,
    list_all_bookings,
    of_same_owner,
)

CHECKING_TIME = 20.0
"""Seconds per round. The next round checks the rest."""
_CHUNK = 500


@dataclass(frozen=True)
class _Mark:
    pk: Any
    since: datetime
    booking_pk: Any


def check_bookings() -> int:
    """Clears the marks of bookings that do not need a person. Returns how many rows it cleared."""
    cleared = 0
    ends_at = time.monotonic() + CHECKING_TIME
    for rows, path in _list_sources():
        for marks in _iterate_marks(rows, path):
            kept = {
                booking.pk
                for booking in _list_with_sums({one.booking_pk for one in marks})
                if _needs_person(booking) or _has_reservation(booking)
            }
            done = [mark for mark in marks if mark.booking_pk not in kept]
            if done:
                cleared += rows.filter(_still(done)).update(unchecked_since=None)
            if time.monotonic() > ends_at:
                return cleared
    return cleared


def iterate_marked_bookings() -> Iterator[AbstractBooking]:
    """Bookings with a marked row, which alone can need a person, with their payments loaded."""
    seen: set[Any] = set()
    for rows, path in _list_sources():
        for marks in _iterate_marks(rows, path):
            fresh = {mark.booking_pk for mark in marks} - seen
            seen |= fresh
            yield from _list_with_sums(fresh)


def prefetch_money(bookings: Any) -> Any:
    """Loads what a booking's sums need."""
    return bookings.prefetch_related(
        Prefetch("payment_intents", _list_with_money()),
        "payment_intents__refunds",
        "payment_intents__disputes",
    )


def mark_overlooked() -> int:
    """Checks every booking, to find changes by raw SQL. Returns how many unmarked bookings need a
    person. Reads whole tables."""
    bookings: Any = list_all_bookings()
    paid = (
        StripePaymentIntent.objects.ours()
        .filter(status__in=balance.BRING_MONEY, booking__isnull=False)
        .order_by()
    )
    others = paid.filter(
        ~Q(currency=Upper("booking__currency")) | ~of_same_owner(F, of="booking__")
    ).values("booking")
    above_price = (
        paid.values("booking", "booking__amount")
        .annotate(received=Sum("amount_received"))
        .filter(received__gt=F("booking__amount"))
        .values("booking")
    )
    # Only these can be overpaid, so only their sums are computed exactly.
    suspected = above_price.union(
        others,
        paid.filter(booking__canceled_at__isnull=False).values("booking"),
        paid.filter(refunds__amount_due_reduction__gt=0).values("booking"),
    )
    found = balance.with_sums(bookings.filter(unchecked_since=None, pk__in=suspected)).filter(
        Q(sum_overpaid__gt=0) | Q(pk__in=others)
    )
    needing = [booking.pk for booking in _list_needing(found.values_list("pk", flat=True))]
    # Updating a field that a sum depends on marks them.
    return int(bookings.filter(pk__in=needing).update(amount=F("amount")))


def _list_sources() -> list[tuple[Any, str]]:
    """The querysets of marked rows, and the path from each row to its booking."""
    bookings: Any = list_all_bookings()
    return [
        (bookings.all(), "pk"),
        (StripePaymentIntent.objects.ours(), "booking_id"),
        (StripeRefund.objects.ours(), "payment_intent__booking_id"),
        (StripeDispute.objects.ours(), "payment_intent__booking_id"),
    ]


def _iterate_marks(rows: Any, path: str) -> Iterator[list[_Mark]]:
    """Oldest first, in index order."""
    marked = rows.filter(unchecked_since__isnull=False).order_by("unchecked_since", "pk")
    wanted = marked
    while True:
        marks = [_Mark(*one) for one in wanted.values_list("pk", "unchecked_since", path)[:_CHUNK]]
        if marks:
            yield marks
        if len(marks) < _CHUNK:
            return
        last = marks[-1]
        wanted = marked.filter(
            Q(unchecked_since__gt=last.since) | Q(pk__gt=last.pk), unchecked_since__gte=last.since
        )


def _still(marks: list[_Mark]) -> Q:
    """Rows that have not been marked again since they were read."""
    same = Q()
    for mark in marks:
        same |= Q(pk=mark.pk, unchecked_since=mark.since)
    return same


def _list_needing(pks: Iterable[Any]) -> Iterator[AbstractBooking]:
    return filter(_needs_person, _list_with_sums(pks))


def _needs_person(booking: AbstractBooking) -> bool:
    return booking.amount_overpaid > 0 or bool(booking.list_not_counted())


def _has_reservation(booking: Any) -> bool:
    """Whether Stripe has not yet accepted one of the booking's refunds. If it fails, its row is
    deleted and cannot be marked, so the booking's other marks stay until then."""
    return any(
        refund.stripe_refund_id is None
        for intent in booking.payment_intents.all()
        for refund in intent.refunds.all()
    )


def _list_with_sums(pks: Iterable[Any]) -> Iterator[AbstractBooking]:
    wanted = [pk for pk in pks if pk is not None]
    for start in range(0, len(wanted), _CHUNK):
        bookings = list_all_bookings().filter(pk__in=wanted[start : start + _CHUNK])
        yield from prefetch_money(bookings)


def _list_with_money() -> Any:
    brought_money = StripePaymentIntent.objects.filter(status__in=balance.BRING_MONEY)
    return brought_money.select_related("customer").order_by()
