"""Who processes a stored event, until when, and what became of it.

Note [A dead worker's events are tried alone]
Events are claimed in batches, each for `LEASE`. What a worker had claimed when it was killed comes
back after that. One of them may be what killed it, so they are then claimed one by one: it cannot
take others down again, and after its last attempt it is parked.

Only events of our mode and account are claimed: those of before the site went live keep waiting.

Times of claims are the database's, so that a machine whose clock is wrong neither steals a claim
nor keeps one. On SQLite the two clocks are one.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from ..log_redaction import redact_text
from ..logs import get_logger
from ..models import EventState, StripeWebhookEvent
from ..stripe_client import StripeCallError, StripeRefusedError

logger = get_logger(__name__)

LEASE = timedelta(seconds=60)
MAXIMUM_ATTEMPTS = 12
"""With the back-off, about a day."""


def claim(pk: UUID | str) -> StripeWebhookEvent | None:
    """This one, whether or not its time has come; None when it is somebody else's or done."""
    free = Q(state__in=(EventState.PENDING, EventState.FAILED)) | _is_orphaned()
    return _claim_one(StripeWebhookEvent.objects.ours().filter(free, pk=pk).order_by())


def claim_batch(limit: int, *, stored_within: timedelta | None = None) -> list[StripeWebhookEvent]:
    """What is due, oldest first; no event is given to two callers."""
    with transaction.atomic():
        relax_durability()
        # What is over has no next attempt. Asked for by state, PostgreSQL sorts a whole backlog
        # for each batch, as in a flood its statistics are of a time before it.
        due = (
            StripeWebhookEvent.objects.ours()
            .filter(next_attempt_at__lte=_now())
            .exclude(state=EventState.PROCESSING)
            .order_by("next_attempt_at", "received_at")
        )
        if stored_within is not None:
            due = due.filter(received_at__gte=timezone.now() - stored_within)
        events = list(due.select_for_update(skip_locked=True)[:limit])
        _take(events)
    return events


def claim_orphan() -> StripeWebhookEvent | None:
    """One whose worker died. See Note [A dead worker's events are tried alone]."""
    _park_killers()
    orphans = StripeWebhookEvent.objects.ours().filter(_is_orphaned(), next_attempt_at__lte=_now())
    return _claim_one(orphans.order_by("next_attempt_at"))


def renew(event: StripeWebhookEvent) -> bool:
    """Before something that takes long; False when somebody else has it by now."""
    ends = _now() + LEASE
    return bool(_held(event).update(lease_expires_at=ends, next_attempt_at=ends))


def release(event: StripeWebhookEvent) -> None:
    """Give it back untried."""
    _held(event).update(
        state=EventState.PENDING,
        attempts=event.attempts - 1,
        lease_expires_at=None,
        next_attempt_at=_now(),
    )
    event.state = EventState.PENDING


def finish(*events: StripeWebhookEvent) -> None:
    """Mark as processed or ignored, as set in the rows; many with one statement."""
    alike: dict[tuple[str, str, int, bool], list[StripeWebhookEvent]] = defaultdict(list)
    for event in events:
        is_kept = event.payload is not None
        alike[event.state, event.reason, event.attempts, is_kept].append(event)
    for (state, reason, _, is_kept), group in alike.items():
        kept: dict[str, Any] = {} if is_kept else {"payload": None}
        _held(*group).update(
            state=state,
            reason=reason,
            error="",
            processed_at=timezone.now(),
            lease_expires_at=None,
            next_attempt_at=None,
            **kept,
        )


def fail(event: StripeWebhookEvent, error: Exception) -> None:
    # That Stripe cannot be asked is not the event's fault: it stays until it can.
    may_die = not isinstance(error, StripeCallError) or isinstance(error, StripeRefusedError)
    is_dead = may_die and event.attempts >= MAXIMUM_ATTEMPTS
    event.state = EventState.DEAD if is_dead else EventState.FAILED
    event.error = redact_text(f"{type(error).__name__}: {error}").replace("\0", "\ufffd")
    waits = min(5 * 2 ** min(event.attempts - 1, 20), 4 * 3600)
    waits = waits * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
    _held(event).update(
        state=event.state,
        error=event.error,
        lease_expires_at=None,
        next_attempt_at=None if is_dead else _now() + timedelta(seconds=waits),
    )


def relax_durability() -> None:
    """In a transaction that may be forgotten by a crash of the database, with all that follows it:
    the disk is not waited for. Marking events is durable, and with it whatever came before. Within
    a transaction of the caller's, which is for it to decide, nothing is changed."""
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


def _claim_one(candidates: QuerySet[StripeWebhookEvent]) -> StripeWebhookEvent | None:
    with transaction.atomic():
        relax_durability()
        event = next(iter(candidates.select_for_update(skip_locked=True)[:1]), None)
        if event is not None:
            _take([event])
    return event


def _park_killers() -> None:
    """Nobody lived to say what is wrong with them."""
    killers = StripeWebhookEvent.objects.filter(
        state=EventState.PROCESSING, next_attempt_at__lte=_now(), attempts__gte=MAXIMUM_ATTEMPTS
    )
    for event in killers.defer("payload"):
        parked = _held(event).update(
            state=EventState.DEAD,
            error="Its worker died, each time that it was tried.",
            lease_expires_at=None,
            next_attempt_at=None,
        )
        if parked:
            logger.error("webhook_kills_its_worker", event_id=event.event_id, type=event.type)


def _take(events: list[StripeWebhookEvent]) -> None:
    """Under their locks."""
    ends = _now() + LEASE
    StripeWebhookEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        state=EventState.PROCESSING,
        lease_expires_at=ends,
        next_attempt_at=ends,
        attempts=F("attempts") + 1,
    )
    for event in events:
        event.state = EventState.PROCESSING
        event.attempts += 1


def _is_orphaned() -> Q:
    return Q(
        state=EventState.PROCESSING,
        lease_expires_at__lte=_now(),
        attempts__lt=MAXIMUM_ATTEMPTS,
    )


def _held(*events: StripeWebhookEvent) -> QuerySet[StripeWebhookEvent]:
    """Ours by the claim, which the number of attempts names: after the lease somebody else may
    have taken them. All of `events` have the same number."""
    return StripeWebhookEvent.objects.filter(
        pk__in=[event.pk for event in events],
        state=EventState.PROCESSING,
        attempts=events[0].attempts,
    )


def _now() -> Any:
    """The database's clock. SQLite's is this machine's, and less exact when asked for."""
    now: datetime | Now = Now() if connection.vendor == "postgresql" else timezone.now()
    return now
