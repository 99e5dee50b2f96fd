"""Reads events that no webhook delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import DataError
from django.utils import timezone

from .. import mirror, stripe_client
from ..logs import get_logger
from ..models import EventCursor, EventSource, StripeWebhookEvent, our_values
from ..stripe_client import Answer
from ..webhooks import handlers, inbox

logger = get_logger(__name__)

# Events may appear in the list slightly later than others of the same second, and clocks differ.
OVERLAP = timedelta(minutes=5)
HISTORY = timedelta(days=30)
"""How long Stripe keeps events."""
SLICE = timedelta(days=1)
"""The most that is read before the cursor moves, and so the most that a crash makes us reread."""


def pull_events() -> int:
    """Stores events that no webhook delivered, and returns how many.

    Starts where the last round ended, less an overlap. Known events are not stored again. Any
    number of machines may do this at once. https://docs.stripe.com/api/events/list
    """
    now = timezone.now()
    cursor = EventCursor.objects.ours().first()
    begin = cursor.read_until - OVERLAP if cursor else now - HISTORY
    new = 0
    # Oldest first, so that a backlog is processed roughly in order.
    while begin + SLICE < now - OVERLAP:
        new += _pull_slice(begin, begin + SLICE)
        begin += SLICE
    return new + _pull_slice(begin, None)


def _pull_slice(begin: datetime, end: datetime | None) -> int:
    """Reads events created from `begin` until `end`, then moves the cursor."""
    # No filter by type: Stripe allows at most twenty, and we handle more.
    created = {"gte": int(begin.timestamp())} | ({"lt": int(end.timestamp())} if end else {})
    listing = _Listing()
    listed = mirror.iterate_list(listing.fetch, {"created": created})
    new = sum(map(_store_unknown, batched((event for event, _ in listed), 100)))
    assert listing.began is not None
    _move_cursor(min(end, listing.began) if end else listing.began)
    return new


@dataclass
class _Listing:
    """Remembers the time of the first page by Stripe's clock. Our clock may be ahead, and then the
    events in between would never be read."""

    began: datetime | None = None

    def fetch(self, page: Mapping[str, Any]) -> Answer:
        answer = stripe_client.list_events(page)
        self.began = self.began or answer.as_of_earliest
        return answer


def _move_cursor(read_until: datetime) -> None:
    """Moves forward only: another machine may have read further in the meantime."""
    cursor, is_new = EventCursor.objects.get_or_create(
        **our_values(), defaults={"read_until": read_until}
    )
    if not is_new:
        EventCursor.objects.filter(pk=cursor.pk, read_until__lt=read_until).update(
            read_until=read_until
        )


def _store_unknown(events: tuple[dict[str, Any], ...]) -> int:
    """Stores events oldest first, although Stripe lists the newest first."""
    wanted = {
        event["id"]: event
        for event in reversed(events)
        if inbox.is_event(event) and handlers.is_handled(event["type"])
    }
    known = StripeWebhookEvent.objects.filter(event_id__in=wanted).values_list(
        "event_id", flat=True
    )
    for event_id in known:
        del wanted[event_id]
    return sum(map(_store, wanted.values()))


def _store(event: dict[str, Any]) -> bool:
    try:
        return inbox.store(event, EventSource.PULL) is not None
    except (DataError, ValueError, RecursionError):
        # The database rejects such a text. The cursor must still pass it, and
        # `payments_reconcile --report` finds what the event changed.
        logger.exception("event_not_stored", event_id=event["id"], type=event["type"])
        return False
