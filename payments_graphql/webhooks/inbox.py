"""Events are stored first and processed from the row.

Note [The row is the truth]
A stored event is processed until it is done. There is one way to do that: claim what is due, in
batches, and apply each. A webhook that was stored is a nudge to do it at once, for half a second
and without asking Stripe; `payments_reconcile` does all the rest. So a nudge may fail or be lost.
Claims are leases: two workers never take the same event, and one that died gives it back.

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
"""That one answer to Stripe may be late, so that the other answers are not."""
NEW = timedelta(minutes=1)
"""Older ones that are still open wait for a read, or were tried: that is for
`payments_reconcile`."""

_nudge = Nudge()

type Unread = list[tuple[StripeWebhookEvent, ReadRequired]]


def process(pk: UUID | str) -> EventState | None:
    """Claim one event and apply it, asking Stripe where that is needed; None when it is somebody
    else's or done."""
    if not _is_account_known():
        return None
    event = claiming.claim(pk)
    if event is None:
        return None
    _read_all(_apply_all([event]), until=float("inf"))
    return EventState(event.state)


def process_new() -> None:
    """What was stored of late, by whichever thread of this process: before Stripe has its answer,
    and so without asking Stripe. See Note [The nudge]."""
    _nudge.run(_process_new, NUDGE_SECONDS)


def _process_new(deadline: float) -> None:
    if find_account() is None:  # nobody can say yet whose they are
        return
    unread: Unread = []
    try:
        while True:
            batch = claiming.claim_batch(BATCH, stored_within=NEW)
            unread += _apply_all(batch)
            # Whoever stored another one since then has left word.
            if len(batch) < BATCH or time.monotonic() >= deadline:
                return
    finally:
        # Not before, or the next batch would be the same.
        _read_all(unread, until=0)


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
        _read_all(_apply_all(batch), until=deadline)
        orphan = claiming.claim_orphan()
        if orphan is not None:
            _read_all(_apply_all([orphan]), until=deadline)
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


def _apply_all(events: list[StripeWebhookEvent]) -> Unread:
    """Apply claimed events, and return those for which Stripe must be asked: that comes last, as
    nobody is to wait behind a slow read."""
    unread: Unread = []
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
    return unread


def _read_all(unread: Unread, *, until: float) -> None:
    """Ask Stripe, until then on `time.monotonic()`; give back what was not read."""
    for event, needed in unread:
        if time.monotonic() < until:
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
    drop_payloads_of_erased(done)
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
