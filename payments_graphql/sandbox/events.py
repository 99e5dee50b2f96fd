"""Events: what happened, the object at that time, and the endpoints that are notified.

https://docs.stripe.com/api/events/object
"""

from payments_graphql.sandbox.json_object import (
    JsonObject,
    changed_fields,
    without_private_fields,
)
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import load
from payments_graphql.sandbox.transaction import Transaction

# Kinds of objects that receive events: endpoints created through the API, and the addresses of
# `forward_to`. Like those of `stripe listen`, these aren't endpoints of the account.
ENDPOINT_KINDS = ("webhook_endpoint", "listener")


LISTED_FOR = 30 * 24 * 60 * 60
"""Seconds for which an event can be listed and retrieved."""


def is_of_account(endpoint: JsonObject) -> bool:
    return endpoint.get("object") == "webhook_endpoint"


def emit(
    tx: Transaction, event_type: str, subject: JsonObject, before: JsonObject | None = None
) -> None:
    """Store an event and a delivery for every endpoint that listens to it, in one transaction.

    `before` is the object before the change, for events with `previous_attributes`.
    """
    snapshot = without_private_fields(subject)
    data: JsonObject = {"object": snapshot}
    if before is not None:
        data["previous_attributes"] = changed_fields(without_private_fields(before), snapshot)
    endpoints = _interested_endpoints(tx, event_type)
    event: JsonObject = {
        "id": tx.new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": tx.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": len(endpoints),
        "request": {"id": tx.request_id, "idempotency_key": tx.idempotency_key},
        "type": event_type,
    }
    tx.store.insert("event", event)
    for endpoint_id in endpoints:
        tx.store.execute(
            "INSERT INTO deliveries (event, endpoint, status, attempts, due, answer) "
            "VALUES (?, ?, 'pending', 0, ?, '')",
            event["id"],
            endpoint_id,
            tx.store.now(),
        )


def _interested_endpoints(tx: Transaction, event_type: str) -> list[str]:
    rows = tx.store.all(
        "SELECT body FROM objects WHERE kind IN (?, ?) ORDER BY seq", *ENDPOINT_KINDS
    )
    return [
        endpoint["id"]
        for endpoint in (load(row["body"]) for row in rows)
        if endpoint["status"] == "enabled"
        and not {"*", event_type}.isdisjoint(endpoint["enabled_events"])
    ]
