"""Events as signed webhooks, for tests that post them themselves."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.faults.webhooks import DeliveryPlan
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.webhook_call import sign


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """The body of a webhook, and its `Stripe-Signature`."""

    event: JsonObject
    body: bytes
    signature: str


def sign_events(store: Store, faults: Faults, secret: str, *, after: int) -> Iterator[SignedEvent]:
    """Return all except the first `after`, oldest first.

    Faults can drop, duplicate, change or wrongly sign them. Delays don't apply.
    """
    for event in store.list_kind("event")[after:]:
        plan = DeliveryPlan(faults.for_delivery(event["type"]))
        if plan.is_dropped:
            continue
        body = json.dumps(plan.shape(store, event, None), indent=2).encode()
        for _ in range(plan.copies):
            yield SignedEvent(event, body, sign(body, plan.secrets(secret), int(time.time())))
