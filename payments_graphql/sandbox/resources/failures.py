"""Failed attempts, after which a payment intent requires another payment method."""

from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources.intents import AUTHENTICATION_FAILED, doc_url
from payments_graphql.sandbox.transaction import Transaction


def send_back(tx: Transaction, intent: JsonObject, method: JsonObject, error: JsonObject) -> None:
    """Make the intent require another payment method, and store the error."""
    shown = without_private_fields(method)
    intent |= {
        "last_payment_error": error | {"payment_method": shown},
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
        "_is_authenticated": False,
    }
    tx.store.save(intent)
    emit(tx, "payment_intent.payment_failed", intent)


def refused(code: str, message: str, **more: str) -> JsonObject:
    """Return a `last_payment_error` that isn't a decline."""
    return {
        **more,
        "code": code,
        "doc_url": doc_url(code),
        "message": message,
        "type": "invalid_request_error",
    }


def authentication_failed() -> JsonObject:
    return refused("payment_intent_authentication_failure", AUTHENTICATION_FAILED)
