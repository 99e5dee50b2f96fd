"""Events are stored first and processed from the row.

Note [The row is the truth]
A stored event is processed until it is done: at once by a task, and where that fails or is lost, by
`reconcile`. The task is only a nudge. Processing is claimed with a lease, so that two workers never
take the same event, and one that died gives it back.

An event is applied in a transaction of its own, whatever becomes of its neighbours in the batch,
and marked afterwards. A crash in between applies it a second time, which changes nothing.
"""

import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from .. import mirror
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
from . import claiming, handlers
from .baton import Baton
from .claiming import MAXIMUM_ATTEMPTS
from .storing import is_event, set_ignored, store

__all__ = [
    "MAXIMUM_ATTEMPTS",
    "baton",
    "is_event",
    "process",
    "process_due",
    "process_inline",
    "store",
]

logger = get_logger(__name__)

BATCH = 50
INLINE_TIME = 0.5
"""Seconds that one answer to Stripe may be late, so that the other answers are not."""
INLINE_AGE = timedelta(minutes=1)
"""Older ones that are still open wait for a read, or were tried: that is for `reconcile`."""

baton = Baton()


def process(pk: UUID | str) -> EventState | None:
    """Claim one event and apply it, asking Stripe where that is needed; None when it is somebody
    else's or done."""
    if not _is_account_known():
        return None
    event = claiming.claim(pk)
    if event is None:
        return None
    _process_claimed([event], read_until=float("inf"))
    return EventState(event.state)


def process_inline(event: StripeWebhookEvent | None) -> None:
    """Before Stripe has its answer, and so without asking Stripe: one that was stored and claimed,
    and what others left. None for one that was known already.

    Call it only when `baton.take()` has said so. See Note [The baton].
    """
    try:
        if find_account() is None:
            baton.drop()
            return
        if event is not None and event.state == EventState.PROCESSING:
            _process_claimed([event], read_until=0)
        deadline = time.monotonic() + INLINE_TIME
        seen: set[UUID] = set()
        while baton.keep(deadline):
            while batch := claiming.claim_batch(BATCH, stored_within=INLINE_AGE, but=seen):
                seen.update(event.pk for event in batch)
                _process_claimed(batch, read_until=0)
                if time.monotonic() >= deadline:
                    break
    except BaseException:
        baton.drop()
        raise


def process_due(*, seconds: float = 30) -> int:
    """Every event whose time has come, oldest first, for about that long; how many were looked at.

    Several processes may do it at once: each takes batches of its own.
    """
    if not _is_account_known():
        return 0
    assign_account()
    deadline = time.monotonic() + seconds
    count = 0
    while True:
        batch = claiming.claim_batch(BATCH)
        _process_claimed(batch, read_until=deadline)
        orphan = claiming.claim_orphan()
        if orphan is not None:
            _process_claimed([orphan], read_until=deadline)
        count += len(batch) + (orphan is not None)
        if not (batch or orphan) or time.monotonic() >= deadline:
            return count


def _is_account_known() -> bool:
    """Without it nobody can say whose an event is, and it waits. Asks Stripe the first time."""
    try:
        get_account()
    except ProviderError:
        return False
    return True


def _process_claimed(events: list[StripeWebhookEvent], *, read_until: float) -> None:
    """Stripe is asked last, and until then on `time.monotonic()`: nobody waits behind a slow read.
    What was not read is given back."""
    unread: list[tuple[StripeWebhookEvent, ReadRequired]] = []
    changes: list[StatusChange] = []
    for event in events:
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
    for event, needed in unread:
        if time.monotonic() < read_until:
            if claiming.renew(event):
                _read(event, needed)
        else:
            claiming.release(event)
            logger.info(
                "webhook_waits_for_read",
                event_id=event.event_id,
                type=event.type,
                kind=needed.kind,
                stripe_id=needed.stripe_id,
            )


def _apply(event: StripeWebhookEvent) -> list[StatusChange]:
    """The changes that it made, of which nobody is told before the event is marked."""
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
    """A refund of a payment that is not known yet needs the payment, which brings its refunds."""
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
    """Mark what was applied or is not ours, and tell of what changed."""
    done = [event for event in events if event.state in (EventState.PROCESSED, EventState.IGNORED)]
    if not done:
        return
    claiming.finish(*done)
    for event in done:
        log = logger.bind(event_id=event.event_id, type=event.type, attempt=event.attempts)
        if event.state == EventState.PROCESSED:
            log.info("webhook_processed", state=event.state)
        else:
            log.info("webhook_ignored", reason=event.reason)
    mirror.send_signals(changes)
    # A worker that died may have applied them, and told nobody.
    mirror.send_signals_of([event.event_id for event in done if event.attempts > 1])
