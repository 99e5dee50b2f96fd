"""Claims stored events for processing, and stores the results.

Note [A dead worker's events are tried alone]
Events are claimed in batches, each for `LEASE`. If a worker is killed, its events become free after
that. One of them may have killed it, so they are then claimed one by one. Such an event cannot take
down others with it, and after its last attempt it is parked.

Only events of our mode and account are claimed: events from before the site went live keep waiting.

The times of claims come from the database's clock, so a machine with a wrong clock neither steals
nor keeps a claim. On SQLite the two clocks are the same.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from .. import metrics
from ..log_redaction import redact_text
from ..logs import get_logger
from ..models import EventState, StripeWebhookEvent
from ..stripe_client import StripeCallError, StripeRefusedError

logger = get_logger(__name__)

LEASE = timedelta(seconds=60)
MAXIMUM_ATTEMPTS = 12
"""With the increasing waits, about a day."""


def claim(pk: UUID | str) -> StripeWebhookEvent | None:
    """Claims this event, due or not. Returns None if it is claimed by another worker or done."""
    free = Q(state__in=(EventState.PENDING, EventState.FAILED)) | _is_orphaned()
    found = _claim(StripeWebhookEvent.objects.ours().filter(free, pk=pk).order_by(), 1)
    return found[0] if found else None


def claim_batch(limit: int, *, stored_within: timedelta | None = None) -> list[StripeWebhookEvent]:
    """Claims due events, oldest first. No event is given to two callers."""
    # Finished events have no next attempt. With a filter by state, PostgreSQL would sort the whole
    # backlog for each batch, since its statistics are out of date in a flood.
    due = (
        StripeWebhookEvent.objects.ours()
        .filter(next_attempt_at__lte=_now())
        .exclude(state=EventState.PROCESSING)
        .order_by("next_attempt_at", "received_at")
    )
    if stored_within is not None:
        due = due.filter(received_at__gte=timezone.now() - stored_within)
    return _claim(due, limit)


def claim_orphan() -> StripeWebhookEvent | None:
    """Claims one event of a dead worker. See Note [A dead worker's events are tried alone]."""
    _park_repeat_killers()
    orphans = StripeWebhookEvent.objects.ours().filter(_is_orphaned(), next_attempt_at__lte=_now())
    found = _claim(orphans.order_by("next_attempt_at"), 1)
    return found[0] if found else None


def renew(event: StripeWebhookEvent) -> bool:
    """Extends the lease before slow work. Returns False if another worker has the event now."""
    ends = _now() + LEASE
    return bool(_held(event).update(lease_expires_at=ends, next_attempt_at=ends))


def release(event: StripeWebhookEvent) -> None:
    """Gives the event back without counting the attempt."""
    _held(event).update(
        state=EventState.PENDING,
        attempts=event.attempts - 1,
        lease_expires_at=None,
        next_attempt_at=_now(),
    )
    event.state = EventState.PENDING


def finish(*events: StripeWebhookEvent) -> None:
    """Stores the results set in the events (processed or ignored), with few statements."""
    alike: dict[tuple[str, str, int, bool], list[StripeWebhookEvent]] = defaultdict(list)
    for event in events:
        is_kept = event.payload is not None
        alike[event.state, event.reason, event.attempts, is_kept].append(event)
    for (state, reason, _, is_kept), group in alike.items():
        kept: dict[str, Any] = {} if is_kept else {"payload": None}
        finished = _held(*group).update(
            state=state,
            reason=reason,
            error="",
            processed_at=timezone.now(),
            lease_expires_at=None,
            next_attempt_at=None,
            **kept,
        )
        metrics.count_processed_events(state, finished)


def fail(event: StripeWebhookEvent, error: Exception) -> None:
    # If Stripe cannot be reached, that is not the event's fault: it stays until it can.
    may_die = not isinstance(error, StripeCallError) or isinstance(error, StripeRefusedError)
    is_dead = may_die and event.attempts >= MAXIMUM_ATTEMPTS
    event.state = EventState.DEAD if is_dead else EventState.FAILED
    event.error = redact_text(f"{type(error).__name__}: {error}").replace("\0", "\ufffd")
    waits = min(5 * 2 ** min(event.attempts - 1, 20), 4 * 3600)
    waits = waits * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
    failed = _held(event).update(
        state=event.state,
        error=event.error,
        lease_expires_at=None,
        next_attempt_at=None if is_dead else _now() + timedelta(seconds=waits),
    )
    metrics.count_processed_events(event.state, failed)


def relax_durability() -> None:
    """Does not wait for the disk in a transaction that a crash of the database may undo. A later
    durable commit, which marks the events, also makes it durable. Inside a caller's transaction
    nothing is changed."""
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


def _claim(candidates: QuerySet[StripeWebhookEvent], limit: int) -> list[StripeWebhookEvent]:
    """Chooses, locks and claims the first of them, with one statement. Without a transaction around
    it, it is one of its own. Returns them in the order of the candidates."""
    chosen, parameters = (
        candidates.values_list("pk", "next_attempt_at")[:limit]
        .query.get_compiler(connection=connection)
        .as_sql()
    )
    lock = relaxed = ""
    lease_end = "%s"
    end: Any = connection.ops.adapt_datetimefield_value(timezone.now() + LEASE)
    if connection.vendor == "postgresql":
        lock = "FOR UPDATE SKIP LOCKED"
        lease_end, end = "STATEMENT_TIMESTAMP() + %s", LEASE
        if not connection.in_atomic_block:  # see `relax_durability`
            relaxed = "AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
    table = connection.ops.quote_name(StripeWebhookEvent._meta.db_table)
    # Materialized, or PostgreSQL could choose again, and claim more than the limit.
    statement = f"""
        WITH chosen (id, due_at) AS MATERIALIZED ({chosen} {lock})
        UPDATE {table}
        SET state = %s, lease_expires_at = {lease_end}, next_attempt_at = {lease_end},
            attempts = attempts + 1
        WHERE id IN (SELECT id FROM chosen) {relaxed}
        RETURNING *, (SELECT due_at FROM chosen WHERE chosen.id = {table}.id) AS due_at
    """  # noqa: S608 (names are ours)
    rows: Iterable[Any] = StripeWebhookEvent.objects.using(connection.alias).raw(
        statement, [*parameters, EventState.PROCESSING.value, end, end]
    )
    return sorted(rows, key=lambda event: (event.due_at, event.received_at))


def _park_repeat_killers() -> None:
    """Marks events as dead whose workers died at every attempt."""
    killers = StripeWebhookEvent.objects.filter(
        state=EventState.PROCESSING, next_attempt_at__lte=_now(), attempts__gte=MAXIMUM_ATTEMPTS
    )
    for event in killers.defer("payload"):
        parked = _held(event).update(
            state=EventState.DEAD,
            error="The worker died at every attempt.",
            lease_expires_at=None,
            next_attempt_at=None,
        )
        metrics.count_processed_events(EventState.DEAD.value, parked)
        if parked:
            logger.error("webhook_kills_its_worker", event_id=event.event_id, type=event.type)


def _is_orphaned() -> Q:
    return Q(
        state=EventState.PROCESSING,
        lease_expires_at__lte=_now(),
        attempts__lt=MAXIMUM_ATTEMPTS,
    )


def _held(*events: StripeWebhookEvent) -> QuerySet[StripeWebhookEvent]:
    """Matches the events only while our claim holds. The number of attempts identifies the claim,
    and must be the same for all of `events`."""
    return StripeWebhookEvent.objects.filter(
        pk__in=[event.pk for event in events],
        state=EventState.PROCESSING,
        attempts=events[0].attempts,
    )


def _now() -> Any:
    """The database's clock. On SQLite that is this machine's, read here more precisely."""
    now: datetime | Now = Now() if connection.vendor == "postgresql" else timezone.now()
    return now
