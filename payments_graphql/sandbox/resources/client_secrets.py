"""What a client secret opens: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret."""

from payments_graphql.sandbox.errors import ApiError, missing_parameter
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.transaction import Transaction

# What Stripe.js may see of an intent: nothing that only the server should know, such as metadata.
_PUBLISHABLE = frozenset(
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


def check_client_secret(tx: Transaction, params: JsonObject, intent: JsonObject) -> None:
    """With a publishable key the client secret is the permission: nobody may guess an intent."""
    secret = params.get("client_secret")
    if secret is None and tx.is_publishable:
        raise missing_parameter("client_secret")
    if secret is not None and secret != intent["client_secret"]:
        raise ApiError(
            "The client_secret provided does not match any associated PaymentIntent on this "
            "account.",
            code="payment_intent_invalid_parameter",
            param="client_secret",
        )


def visible_to_caller(tx: Transaction, intent: JsonObject) -> JsonObject:
    """The intent as the key that asks may see it."""
    if not tx.is_publishable:
        return intent
    return {name: value for name, value in intent.items() if name in _PUBLISHABLE}
