"""Each attempt to confirm a setup intent: https://docs.stripe.com/api/setup_attempts."""

from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction


def begin(tx: Transaction, intent: JsonObject, method: JsonObject, status: str) -> None:
    """Create an attempt and set the intent's `latest_attempt`."""
    attempt: JsonObject = {
        "id": tx.new_id("setatt"),
        "object": "setup_attempt",
        "application": None,
        "created": tx.now,
        "customer": intent["customer"],
        "customer_account": None,
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": method["id"],
        "payment_method_details": _details(method),
        "setup_error": None,
        "setup_intent": intent["id"],
        "status": status,
        "usage": intent["usage"],
    }
    tx.store.insert("setup_attempt", attempt)
    intent["latest_attempt"] = attempt["id"]


def _details(method: JsonObject) -> JsonObject:
    kind = method["type"]
    if kind != "card":
        return {kind: {}, "type": kind}
    card = method["card"]
    shared = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    details = {name: card[name] for name in shared} | {
        "last4": card["last4"],
        "network": card["brand"],
        "three_d_secure": None,
        "wallet": None,
    }
    return {"card": details, "type": "card"}


def finish(
    tx: Transaction, intent: JsonObject, status: str, error: JsonObject | None = None
) -> None:
    attempt = tx.find("setup_attempt", intent["latest_attempt"])
    tx.store.save(attempt | {"setup_error": error, "status": status})


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    """List the attempts of one intent."""
    tx.find("setup_intent", params["setup_intent"], param="setup_intent")
    found = Filter("setup_attempt")
    found.equals("setup_intent", params["setup_intent"])
    return list_objects(tx, found, params, "/v1/setup_attempts")
