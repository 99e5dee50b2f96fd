"""Read the events that no webhook brought."""

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

# Events may appear in the list a little after others with the same second, and clocks differ.
OVERLAP = timedelta(minutes=5)
HISTORY = timedelta(days=30)
"""As long as Stripe keeps events."""
SLICE = timedelta(days=1)
"""At most so much is read between two moves of the cursor: what a crash makes read again."""


def pull_events() -> int:
    """Store the events that no webhook brought; how many there were.

    Read from where the last round ended, less an overlap; what is known is not stored again. Any
    number of machines may do it at once. https://docs.stripe.com/api/events/list
    """
    now = timezone.now()
    cursor = EventCursor.objects.ours().first()
    begin = cursor.read_until - OVERLAP if cursor else now - HISTORY
    new = 0
    # The oldest first, so that a backlog is processed in about the order in which it happened.
    while begin + SLICE < now - OVERLAP:
        new += _pull_slice(begin, begin + SLICE)
        begin += SLICE
    return new + _pull_slice(begin, None)


def _pull_slice(begin: datetime, end: datetime | None) -> int:
    """Those created from `begin` on and before `end`; then the cursor moves there."""
    # Stripe takes at most twenty types to filter by, and we handle more.
    created = {"gte": int(begin.timestamp())} | ({"lt": int(end.timestamp())} if end else {})
    listing = _Listing()
    listed = mirror.iterate_list(listing.fetch, {"created": created})
    new = sum(map(_store_unknown, batched((event for event, _ in listed), 100)))
    assert listing.began is not None
    _move_cursor(min(end, listing.began) if end else listing.began)
    return new


@dataclass
class _Listing:
    """Knows when the first page was written, by Stripe's clock: ours may be ahead of it, and events
    of the time between would then never be read."""

    began: datetime | None = None

    def fetch(self, page: Mapping[str, Any]) -> Answer:
        answer = stripe_client.list_events(page)
        self.began = self.began or answer.as_of_earliest
        return answer


def _move_cursor(read_until: datetime) -> None:
    """Forwards only: another machine may have read further meanwhile."""
    cursor, is_new = EventCursor.objects.get_or_create(
        **our_values(), defaults={"read_until": read_until}
    )
    if not is_new:
        EventCursor.objects.filter(pk=cursor.pk, read_until__lt=read_until).update(
            read_until=read_until
        )


def _store_unknown(events: tuple[dict[str, Any], ...]) -> int:
    """Stripe lists the newest first; they are stored in the order in which they happened."""
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
        # The database takes no such text. It must not keep the cursor from all that follow, and
        # what it tells of is found by `payments_reconcile --report`.
        logger.exception("event_not_stored", event_id=event["id"], type=event["type"])
        return False
