"""Finish what was left open: operations, stored events, events that never came, signals."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from . import mirror, operations, stripe_client
from .conf import conf
from .logs import get_logger
from .models import EventCursor, EventSource, StripeWebhookEvent
from .stripe_client import StripeCallError
from .webhooks import handlers, inbox

logger = get_logger(__name__)

# Events may appear in the list a little after others with the same second, and clocks differ.
OVERLAP = timedelta(minutes=5)
HISTORY = timedelta(days=30)
"""As long as Stripe keeps events."""


@dataclass(frozen=True)
class Round:
    """What one round found to do."""

    operations: int
    events_pulled: int
    events_processed: int
    signals: int

    @property
    def is_idle(self) -> bool:
        return not (self.operations or self.events_pulled or self.events_processed or self.signals)


def reconcile() -> Round:
    """One round. It may run beside the site, and beside another of itself."""
    settled = operations.resume_due()
    try:
        pulled = pull_events()
    except StripeCallError as error:
        logger.warning("events_not_pulled", outcome=type(error).__name__)
        pulled = 0
    processed = inbox.process_due()
    signals = mirror.send_missed_signals()
    return Round(settled, pulled, processed, signals)


def pull_events() -> int:
    """Store the events that no webhook brought; how many there were.

    Read from where the last round ended, less an overlap; what is known is not stored again.
    https://docs.stripe.com/api/events/list
    """
    started = timezone.now()
    cursor = EventCursor.objects.filter(
        account=conf.PAYMENTS_ACCOUNT, livemode=conf.livemode
    ).first()
    since = cursor.read_until - OVERLAP if cursor else started - HISTORY
    # Stripe takes at most twenty types to filter by, and we handle more.
    parameters = {"created": {"gte": int(since.timestamp())}}
    listed = mirror.iterate_list(stripe_client.list_events, parameters)
    new = sum(map(_store_unknown, batched((event for event, _ in listed), 100)))
    with transaction.atomic():
        EventCursor.objects.update_or_create(
            account=conf.PAYMENTS_ACCOUNT,
            livemode=conf.livemode,
            defaults={"read_until": started},
        )
    return new


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
    return sum(inbox.store(event, EventSource.PULL) is not None for event in wanted.values())
