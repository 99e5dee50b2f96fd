"""Stores an event before it is processed."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from .. import metrics
from ..conf import conf
from ..log_redaction import strip_secrets
from ..logs import get_logger
from ..models import EventSource, EventState, StripeWebhookEvent, find_account, insert_once
from . import causes, handlers

logger = get_logger(__name__)


def is_event(event: Any) -> bool:
    """Whether it has the fields that storing needs, with the right types."""
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
    """Returns the new row, without secrets, or None if the event is already stored."""
    event = make_storable(event)
    subject = event["data"]["object"]
    created = datetime.fromtimestamp(event["created"], tz=UTC)
    ours = find_account()
    # Only events of connected accounts contain an account. https://docs.stripe.com/connect/webhooks
    connected = str(event.get("account") or "")[:64]
    row = StripeWebhookEvent(
        event_id=event["id"],
        type=event["type"],
        object_id=find_id(subject, "id"),
        stripe_customer_id=_find_customer(event["data"]),
        stripe_payment_intent_id=find_id(subject, "payment_intent"),
        livemode=bool(event.get("livemode")),
        account=connected or ours or "",
        api_version=str(event.get("api_version") or "")[:64],
        request_key=get_request_key(event),
        source=source,
        payload=event,
        # Stripe's clock, since this machine's may be ahead of the database's, which decides.
        next_attempt_at=min(created, timezone.now()),
        stripe_created=created,
    )
    if bool(event.get("livemode")) != conf.livemode:
        set_ignored(row, "the event's livemode is not that of our keys")
    elif connected and connected != ours:
        set_ignored(row, f"the event's account {connected} is not that of our keys")
    elif not handlers.is_handled(row.type):
        set_ignored(row, "no handler for this type")
    row.correlation_id = causes.find_correlation_id(row)
    # One statement needs no transaction. Inside one, an error must not break the outer block.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        is_new = insert_once(row, unique="event_id")
    log = logger.bind(
        event_id=row.event_id,
        type=row.type,
        source=str(source),
        correlation_id=row.correlation_id,
    )
    if not is_new:
        log.info("webhook_duplicate")
        return None
    log.info("webhook_stored", state=row.state, reason=row.reason)
    metrics.count_stored_event(source.value, (row.received_at - created).total_seconds())
    return row


def _find_customer(data: dict[str, Any]) -> str:
    """A detached payment method only names its customer among what has changed."""
    return find_id(data["object"], "customer") or find_id(
        data.get("previous_attributes"), "customer"
    )


def find_id(owner: Any, name: str) -> str:
    """Empty if there is none. Whatever an event contains is allowed."""
    found = owner.get(name) if isinstance(owner, dict) else None
    return found[:255] if isinstance(found, str) else ""


def get_request_key(event: dict[str, Any]) -> str:
    """Old API versions contain only the request's id."""
    request = event.get("request")
    key = request.get("idempotency_key") if isinstance(request, dict) else None
    return key if isinstance(key, str) and len(key) <= 255 else ""


def set_ignored(event: StripeWebhookEvent, reason: str) -> None:
    """Removes the payload, since we must not keep other people's data."""
    event.state = EventState.IGNORED
    event.reason = reason
    event.payload = None
    event.processed_at = timezone.now()
    event.lease_expires_at = event.next_attempt_at = None


def make_storable(event: dict[str, Any]) -> dict[str, Any]:
    """Removes secrets, and NUL characters, which PostgreSQL cannot store: one rejected event would
    stop `payments_reconcile` from storing all others."""
    stripped: dict[str, Any] = strip_secrets(event)
    if _has_nul(stripped):
        stripped = _replace_nul(stripped)
    return stripped


def _has_nul(event: dict[str, Any]) -> bool:
    try:
        return b"\\u0000" in orjson.dumps(event)
    except orjson.JSONEncodeError:  # nested too deeply for orjson
        return "\\u0000" in json.dumps(event)


def _replace_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_replace_nul(key): _replace_nul(item) for key, item in value.items()}
    return [_replace_nul(item) for item in value] if isinstance(value, list) else value
