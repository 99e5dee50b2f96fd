"""Events are stored first and processed from the row.

Note [The row is the truth]
A stored event is processed until it is done: at once by a task, and where that fails or is lost, by
`reconcile`. The task is only a nudge. Processing is claimed with a lease by a conditional UPDATE,
so that two workers never take the same event, and one that died gives it back.
"""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from .. import mirror
from ..conf import conf
from ..log_redaction import redact_text, strip_secrets
from ..logs import get_logger
from ..mirror import NotOurs, ReadRequired
from ..models import EventSource, EventState, StripeWebhookEvent
from ..stripe_client import StripeCallError, StripeRefusedError
from . import handlers

logger = get_logger(__name__)

LEASE = timedelta(seconds=60)
MAXIMUM_ATTEMPTS = 12
"""With the back-off, about a day."""


def is_event(event: Any) -> bool:
    """The parts of an event that storing it needs, of the right types."""
    return (
        isinstance(event, dict)
        and event.get("object") == "event"
        and isinstance(event.get("id"), str)
        and 0 < len(event["id"]) <= 255
        and "\0" not in event["id"]
        and isinstance(event.get("type"), str)
        and len(event["type"]) <= 128
        and "\0" not in event["type"]
        and type(event.get("created")) is int  # True is an int to isinstance
        and 0 <= event["created"] < 2**33
        and isinstance(event.get("data"), dict)
        and isinstance(event["data"].get("object"), dict)
    )


def store(event: dict[str, Any], source: EventSource) -> StripeWebhookEvent | None:
    """The new row; None when the event is known already. Its secrets are left out."""
    event = _make_storable(strip_secrets(event))
    subject = event["data"]["object"]
    row = StripeWebhookEvent(
        event_id=event["id"],
        type=event["type"],
        object_id=str(subject.get("id") or "")[:255],
        livemode=bool(event.get("livemode")),
        account=conf.PAYMENTS_ACCOUNT,
        api_version=str(event.get("api_version") or "")[:64],
        source=source,
        payload=event,
        next_attempt_at=timezone.now(),
        stripe_created=datetime.fromtimestamp(event["created"], tz=UTC),
        received_at=timezone.now(),
    )
    if bool(event.get("livemode")) != conf.livemode:
        _set_ignored(row, "livemode is not that of our keys")
    elif not handlers.is_handled(row.type):
        _set_ignored(row, "no handler for this type")
    with transaction.atomic():
        is_new = _insert_once(row)
    log = logger.bind(event_id=row.event_id, type=row.type, source=str(source))
    if not is_new:
        log.info("webhook_duplicate")
        return None
    log.info("webhook_stored", state=row.state, reason=row.reason)
    return row


def process(pk: UUID | str, *, may_read: bool) -> EventState | None:
    """Claim one event and apply it; None when it is somebody else's or done.

    Without `may_read` Stripe is not asked: an event that needs it is left for later.
    """
    event = _claim(pk)
    if event is None:
        return None
    log = logger.bind(event_id=event.event_id, type=event.type, attempt=event.attempts)
    try:
        _apply(event, may_read=may_read)
    except NotOurs as foreign:
        _set_ignored(event, str(foreign))
        _finish(event)
        log.info("webhook_ignored", reason=event.reason)
    except ReadRequired as required:
        _release(event)
        log.info("webhook_waits_for_read", kind=required.kind, stripe_id=required.stripe_id)
    except Exception as error:
        _fail(event, error)
        log.exception("webhook_failed", state=event.state)
    else:
        log.info("webhook_processed", state=event.state)
    mirror.send_signals(cause_id=event.event_id)
    return EventState(event.state)


def process_due(*, limit: int = 200) -> int:
    """Every event whose time has come, oldest first; how many were looked at."""
    due = (
        StripeWebhookEvent.objects.filter(
            Q(lease_expires_at=None) | Q(lease_expires_at__lte=timezone.now()),
            state__in=EventState.open(),
            next_attempt_at__lte=timezone.now(),
        )
        .order_by("stripe_created", "received_at")
        .values_list("pk", flat=True)[:limit]
    )
    pks = list(due)
    for pk in pks:
        process(pk, may_read=True)
    return len(pks)


def retry_events(events: Iterable[StripeWebhookEvent]) -> int:
    """Process anew what failed, died or is done; how many were tried. Applying twice is harmless.

    An ignored event has no payload any more and cannot be retried.
    """
    pks = [event.pk for event in events if event.payload is not None]
    StripeWebhookEvent.objects.filter(pk__in=pks).exclude(state=EventState.PROCESSING).update(
        state=EventState.PENDING,
        attempts=0,
        error="",
        reason="",
        lease_expires_at=None,
        processed_at=None,
        next_attempt_at=timezone.now(),
    )
    return sum(process(pk, may_read=True) is not None for pk in pks)


def _make_storable(event: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL stores no NUL, and one refused event would keep `reconcile` from all others."""
    if "\\u0000" not in json.dumps(event):
        return event
    replaced: dict[str, Any] = _replace_nul(event)
    return replaced


def _replace_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_replace_nul(key): _replace_nul(item) for key, item in value.items()}
    return [_replace_nul(item) for item in value] if isinstance(value, list) else value


def _insert_once(row: StripeWebhookEvent) -> bool:
    """`ON CONFLICT (event_id) DO NOTHING`, written out: Django's `ignore_conflicts` would hide
    every other violation too on SQLite."""
    fields = StripeWebhookEvent._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection)
        for field in fields
    ]
    table = connection.ops.quote_name(StripeWebhookEvent._meta.db_table)
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks}) "  # noqa: S608 (names are ours)
            "ON CONFLICT (event_id) DO NOTHING",
            values,
        )
        return bool(cursor.rowcount == 1)


def _claim(pk: UUID | str) -> StripeWebhookEvent | None:
    now = timezone.now()
    free = Q(state__in=(EventState.PENDING, EventState.FAILED)) | Q(
        state=EventState.PROCESSING, lease_expires_at__lte=now
    )
    claimed = StripeWebhookEvent.objects.filter(free, pk=pk).update(
        state=EventState.PROCESSING,
        lease_expires_at=now + LEASE,
        next_attempt_at=now + LEASE,
        attempts=F("attempts") + 1,
    )
    return StripeWebhookEvent.objects.get(pk=pk) if claimed else None


def _apply(event: StripeWebhookEvent, *, may_read: bool) -> None:
    """Apply the payload and mark the event, in one transaction; or read what it is about."""
    try:
        handlers.refuse_other_version(event)
        with transaction.atomic():
            handlers.handle(event)
            _set_processed(event)
            _finish(event)
    except ReadRequired as required:
        if not may_read:
            raise
        _read(required)
        _set_processed(event)
        _finish(event)


def _read(required: ReadRequired) -> None:
    """A refund of a payment that is not known yet needs the payment, which brings its refunds."""
    for _ in range(3):
        try:
            mirror.fetch_and_apply(required.kind, required.stripe_id)
        except ReadRequired as next_required:
            required = next_required
        else:
            return
    raise RuntimeError(f"{required}, and keeps changing while it is read")


def _set_processed(event: StripeWebhookEvent) -> None:
    event.state = EventState.PROCESSED
    event.processed_at = timezone.now()
    event.error = ""
    event.lease_expires_at = event.next_attempt_at = None


def _set_ignored(event: StripeWebhookEvent, reason: str) -> None:
    """Other people's data is not ours to keep."""
    event.state = EventState.IGNORED
    event.reason = reason
    event.payload = None
    event.processed_at = timezone.now()
    event.lease_expires_at = event.next_attempt_at = None


def _release(event: StripeWebhookEvent) -> None:
    event.state = EventState.PENDING
    event.lease_expires_at = None
    event.next_attempt_at = timezone.now()
    _finish(event)


def _fail(event: StripeWebhookEvent, error: Exception) -> None:
    # That Stripe cannot be asked is not the event's fault: it stays until it can.
    may_die = not isinstance(error, StripeCallError) or isinstance(error, StripeRefusedError)
    event.error = redact_text(f"{type(error).__name__}: {error}")[:2000]
    event.lease_expires_at = None
    if may_die and event.attempts >= MAXIMUM_ATTEMPTS:
        event.state = EventState.DEAD
        event.next_attempt_at = None
    else:
        waits = min(5 * 2 ** min(event.attempts - 1, 20), 4 * 3600)
        waits = waits * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
        event.state = EventState.FAILED
        event.next_attempt_at = timezone.now() + timedelta(seconds=waits)
    _finish(event)


def _finish(event: StripeWebhookEvent) -> None:
    """Only over our own claim: after the lease somebody else may have taken it."""
    StripeWebhookEvent.objects.filter(
        pk=event.pk, state=EventState.PROCESSING, attempts=event.attempts
    ).update(
        state=event.state,
        reason=event.reason,
        error=event.error,
        payload=event.payload,
        processed_at=event.processed_at,
        lease_expires_at=event.lease_expires_at,
        next_attempt_at=event.next_attempt_at,
    )
