"""Stores events first, and processes them from their rows.

Note [The row is the truth]
A stored event is processed until it is done, always in the same way: due events are claimed in
batches and applied. A stored webhook triggers this at once (a nudge), for half a second and without
calls to Stripe. `payments_reconcile` does everything else, so a nudge may fail or get lost. Claims
are leases: two workers never take the same event, and a dead worker's events become free again.

Each event is applied in its own transaction, independently of the rest of the batch, and marked
afterwards. After a crash in between it is applied again, which changes nothing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from .. import correlation, mirror, tracing
from ..errors import ProviderError
from ..logs import get_logger
from ..mirror import NotOurs, ReadRequired
from ..models import (
    EventState,
    StatusChange,
    StripeWebhookEvent,
    assign_account,
    find_account,
    get_account,
)
from . import causes, claiming, handlers
from .claiming import MAXIMUM_ATTEMPTS
from .erased import drop_payloads_of_erased
from .nudging import Nudge
from .storing import is_event, set_ignored, store

__all__ = [
    "MAXIMUM_ATTEMPTS",
    "is_event",
    "process",
    "process_due",
    "process_new",
    "store",
]

logger = get_logger(__name__)

BATCH = 50
NUDGE_SECONDS = 0.5
"""How long one answer to Stripe may be delayed so that others are not."""
NEW = timedelta(minutes=1)
"""Older open events wait for a read or a retry, which `payments_reconcile` does."""

_nudge = Nudge()

type Unread = list[tuple[StripeWebhookEvent, ReadRequired]]


def process(pk: UUID | str) -> EventState | None:
    """Claims one event and applies it, calling Stripe if necessary. Returns None if it is claimed
    by another worker or done."""
    if not _is_account_known():
        return None
    event = claiming.claim(pk)
    if event is None:
        return None
    _read_all(_apply_all([event]), until=float("inf"))
    return EventState(event.state)


def process_new() -> None:
    """Processes events stored recently by any thread of this process. Runs before Stripe gets its
    answer, so it never calls Stripe. See Note [The nudge]."""
    _nudge.run(_process_new, NUDGE_SECONDS)


def _process_new(deadline: float) -> None:
    if find_account() is None:  # the events cannot be assigned yet
        return
    unread: Unread = []
    try:
        while True:
            batch = claiming.claim_batch(BATCH, stored_within=NEW)
            unread += _apply_all(batch)
            # If an event was stored since, its thread has asked for another run.
            if len(batch) < BATCH or time.monotonic() >= deadline:
                return
    finally:
        # Released at the end, or the next batch would contain them again.
        _read_all(unread, until=0)


def process_due(*, seconds: float = 30) -> int:
    """Processes due events, oldest first, for about `seconds`. Returns how many.

    Several processes may do this at once: each claims its own batches.
    """
    if not _is_account_known():
        return 0
    assign_account()
    deadline = time.monotonic() + seconds
    count = 0
    while True:
        batch = claiming.claim_batch(BATCH)
        _read_all(_apply_all(batch), until=deadline)
        orphan = claiming.claim_orphan()
        if orphan is not None:
            _read_all(_apply_all([orphan]), until=deadline)
        count += len(batch) + (orphan is not None)
        if not (batch or orphan) or time.monotonic() >= deadline:
            return count


def _is_account_known() -> bool:
    """Without a known account, events wait. Asks Stripe the first time."""
    try:
        get_account()
    except ProviderError:
        return False
    return True


def _apply_all(events: list[StripeWebhookEvent]) -> Unread:
    """Applies claimed events. Returns those that need a read from Stripe, which is done last so
    that no other event waits for a slow read."""
    unread: Unread = []
    changes: list[StatusChange] = []
    for event in events:
        with _following(event):
            try:
                changes += _apply(event)
            except ReadRequired as required:
                unread.append((event, required))
            except NotOurs as foreign:
                set_ignored(event, str(foreign))
            except Exception as error:
                _fail(event, error)
            else:
                event.state = EventState.PROCESSED
    _finish([event for event in events if event.state != EventState.PROCESSING], changes)
    return unread


def _read_all(unread: Unread, *, until: float) -> None:
    """Reads from Stripe until the given `time.monotonic()`, and releases the events not read."""
    for event, needed in unread:
        if time.monotonic() < until:
            if claiming.renew(event):
                with _following(event):
                    _read(event, needed)
        else:
            claiming.release(event)
            logger.info(
                "webhook_waits_for_read",
                event_id=event.event_id,
                type=event.type,
                kind=needed.kind,
                stripe_id=needed.stripe_id,
                correlation_id=event.correlation_id,
            )


@contextmanager
def _following(event: StripeWebhookEvent) -> Iterator[None]:
    """Log lines of the block have the event's correlation id, and its span is linked to that of the
    operation that caused the event."""
    link = causes.find_traceparent(event) if tracing.is_on() else ""
    with (
        correlation.bound(event.correlation_id),
        tracing.span("webhook process", link=link, kind=tracing.SpanKind.CONSUMER) as span,
    ):
        yield
        tracing.describe(
            span,
            event_type=event.type,
            event_id=event.event_id,
            attempt=event.attempts,
            outcome="needs_read" if event.state == EventState.PROCESSING else str(event.state),
        )
        if event.state in (EventState.FAILED, EventState.DEAD):
            tracing.fail(span, event.error.partition(":")[0])


def _apply(event: StripeWebhookEvent) -> list[StatusChange]:
    """Returns the changes of status. Their signals are sent after the event is marked."""
    handlers.refuse_other_version(event)
    with transaction.atomic():
        claiming.relax_durability()
        return handlers.handle(event)


def _read(event: StripeWebhookEvent, required: ReadRequired) -> None:
    try:
        _fetch(required)
    except NotOurs as foreign:
        set_ignored(event, str(foreign))
    except Exception as error:
        _fail(event, error)
    else:
        event.state = EventState.PROCESSED
    _finish([event], [])


def _fetch(required: ReadRequired) -> None:
    """A refund of an unknown payment requires reading the payment, which includes its refunds."""
    for _ in range(3):
        try:
            mirror.fetch_and_apply(required.kind, required.stripe_id)
        except ReadRequired as next_required:
            required = next_required
        else:
            return
    raise RuntimeError(f"{required}, and keeps changing while it is read")


def _fail(event: StripeWebhookEvent, error: Exception) -> None:
    claiming.fail(event, error)
    logger.error(
        "webhook_failed",
        exc_info=error,
        event_id=event.event_id,
        type=event.type,
        attempt=event.attempts,
        state=event.state,
    )


def _finish(events: list[StripeWebhookEvent], changes: list[StatusChange]) -> None:
    """Marks applied and ignored events, and sends the signals of the changes."""
    done = [event for event in events if event.state in (EventState.PROCESSED, EventState.IGNORED)]
    if not done:
        return
    drop_payloads_of_erased(done)
    claiming.finish(*done)
    for event in done:
        log = logger.bind(
            event_id=event.event_id,
            type=event.type,
            attempt=event.attempts,
            correlation_id=event.correlation_id,
        )
        if event.state == EventState.PROCESSED:
            log.info("webhook_processed", state=event.state)
        else:
            log.info("webhook_ignored", reason=event.reason)
    ids = {event.correlation_id for event in done}
    with correlation.bound(ids.pop() if len(ids) == 1 else ""):
        mirror.send_signals(changes)
        # A worker that died may have applied them without sending the signals.
        mirror.send_signals_of([event.event_id for event in done if event.attempts > 1])
