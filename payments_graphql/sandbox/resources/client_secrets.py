"""Client secrets: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret."""

from payments_graphql.sandbox.errors import ApiError, missing_parameter
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources.intents import noun
from payments_graphql.sandbox.transaction import Transaction

# The fields that Stripe.js may read: nothing that only the server should know, such as metadata.
_PAYMENT_INTENT = frozenset(
    {
        "amount",
        "amount_details",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "id",
        "last_payment_error",
        "livemode",
        "next_action",
        "object",
        "payment_method",
        "payment_method_configuration_details",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "status",
    }
)

_SETUP_INTENT = frozenset(
    {
        "automatic_payment_methods",
        "cancellation_reason",
        "client_secret",
        "created",
        "description",
        "id",
        "last_setup_error",
        "livemode",
        "next_action",
        "object",
        "payment_method",
        "payment_method_configuration_details",
        "payment_method_types",
        "status",
        "usage",
    }
)
_PUBLISHABLE = {"payment_intent": _PAYMENT_INTENT, "setup_intent": _SETUP_INTENT}


def check_client_secret(tx: Transaction, params: JsonObject, intent: JsonObject) -> None:
    """Check the client secret, which a publishable key needs for each intent."""
    secret = params.get("client_secret")
    if secret is None and tx.is_publishable:
        raise missing_parameter("client_secret")
    if secret is not None and secret != intent["client_secret"]:
        raise ApiError(
            f"The client_secret provided does not match any associated {noun(intent)} on this "
            "account.",
            code=f"{intent['object']}_invalid_parameter",
            param="client_secret",
        )


def visible_to_caller(tx: Transaction, intent: JsonObject) -> JsonObject:
    """Return the fields of the intent that the caller's key may read."""
    if not tx.is_publishable:
        return intent
    visible = _PUBLISHABLE[intent["object"]]
    return {name: value for name, value in intent.items() if name in visible}
