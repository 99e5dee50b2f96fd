"""Finds the operation that caused an event: see Note [The correlation id] and Note [Traces].

Stripe tells us the idempotency key of the request that caused the event, which for our own requests
is the id of the operation. For other requests, such as a confirmation by the browser, the object's
metadata names the operation that created it.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from .. import correlation, mirror
from ..models import Operation, StripeWebhookEvent


def find_correlation_id(event: StripeWebhookEvent) -> str:
    """Its operation's, or else that of the current delivery or round, or a new one. An ignored
    event, and an event of the object's creation, cost no query."""
    found = ""
    if event.payload is not None:
        subject = event.payload["data"]["object"]
        found = mirror.find_correlation_id(subject)
        if not found or mirror.get_operation_id(subject) != event.request_key:
            found = _get_of_operation(event.request_key, "correlation_id") or found
    return correlation.choose(found)


def find_traceparent(event: StripeWebhookEvent) -> str:
    """The position of its operation in a trace, or an empty text."""
    found = _get_of_operation(event.request_key, "traceparent")
    if not found and event.payload is not None:
        metadata = event.payload["data"]["object"].get("metadata")
        if isinstance(metadata, Mapping):
            operation_id = mirror.get_operation_id({"metadata": metadata})
            found = _get_of_operation(operation_id, "traceparent")
    return found


def _get_of_operation(operation_id: str, field: str) -> str:
    try:
        pk = uuid.UUID(operation_id)
    except ValueError:
        return ""
    found: Any = Operation.objects.filter(pk=pk).order_by().values_list(field, flat=True).first()
    return str(found or "")
