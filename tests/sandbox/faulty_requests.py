"""A request that misbehaves, by its header."""

import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox.http_calls import FORM, KEY, Answer, call

INTENT = "amount=1000&currency=usd"
PAYMENT_INTENTS = "/v1/payment_intents"


def post(
    sandbox: Sandbox,
    key: str,
    fault: str | None = None,
    body: str = INTENT,
    path: str = "/v1/payment_intents",
) -> Answer:
    extra = {"Sandbox-Fault": fault} if fault else {}
    return call(sandbox, "POST", path, body, KEY | FORM | {"Idempotency-Key": key} | extra)


def count_intents(client: stripe.StripeClient) -> int:
    return len(client.v1.payment_intents.list({"limit": 100}).data)
