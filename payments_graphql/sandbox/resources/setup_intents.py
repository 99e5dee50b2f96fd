"""Creates, reads, updates and cancels setup intents: https://docs.stripe.com/api/setup_intents.

See `setup_confirmation.py` for confirming.
"""

from payments_graphql.sandbox.errors import (
    ApiError,
    InvalidParameterError,
    unexpected_intent_state,
)
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import setup_confirmation
from payments_graphql.sandbox.resources.chosen_method import choose_payment_method
from payments_graphql.sandbox.resources.client_secrets import (
    check_client_secret,
    visible_to_caller,
)
from payments_graphql.sandbox.resources.intents import (
    accepted_payment_methods,
    apply_method_options,
    apply_types,
)
from payments_graphql.sandbox.transaction import Transaction

_CARD_OPTIONS = {
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
# Parameters that require confirm=true.
_FOR_CONFIRMING = ("mandate_data", "return_url", "use_stripe_sdk")
# Connect and transfers to the account itself, which the sandbox doesn't support.
_UNSUPPORTED = ("attach_to_self", "flow_directions", "on_behalf_of")
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_CHOICE = ("confirmation_token", "payment_method", "payment_method_data", "payment_method_types")


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Create an intent and, with `confirm`, confirm it at once."""
    _refuse_unsupported(params)
    is_confirmed = params.get("confirm", False)
    if not is_confirmed:
        _refuse_confirming_parameters(params)
    if params.get("customer"):
        tx.find("customer", params["customer"], param="customer")
    intent = _build(tx, params)
    _apply(tx, intent, params)
    tx.store.insert("setup_intent", intent)
    emit(tx, "setup_intent.created", intent)
    if is_confirmed:
        return setup_confirmation.confirm_intent(tx, intent, params)
    return intent


def _refuse_unsupported(params: JsonObject) -> None:
    """Refuse parameters that the sandbox would otherwise ignore."""
    for name in _UNSUPPORTED:
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)
    if params.get("single_use"):
        raise InvalidParameterError(
            "Single-use mandates are not supported for the payment method type card: a card that "
            "is set up can be used again.",
            code="setup_intent_invalid_parameter",
            param="single_use",
        )


def _refuse_confirming_parameters(params: JsonObject) -> None:
    for name in _FOR_CONFIRMING:
        if params.get(name):
            raise InvalidParameterError(
                f"The parameter `{name}` cannot be passed when creating a SetupIntent unless "
                "`confirm` is set to true.",
                param=name,
            )


def _build(tx: Transaction, params: JsonObject) -> JsonObject:
    intent_id = tx.new_id("seti")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "application": None,
        "cancellation_reason": None,
        "client_secret": f"{intent_id}_secret_{tx.ids.token('secret')}",
        "created": tx.now,
        "customer": params.get("customer"),
        "customer_account": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        # A card needs a mandate only for recurring payments in India.
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
        "_is_authenticated": False,
    } | accepted_payment_methods(params, "setup_intent", _CARD_OPTIONS)


def _apply(tx: Transaction, intent: JsonObject, params: JsonObject) -> None:
    if "description" in params:
        intent["description"] = params["description"]
    intent["metadata"] = merge_metadata(intent["metadata"], params)
    apply_types(intent, params)
    apply_method_options(intent, params)
    choose_payment_method(tx, intent, params)


def retrieve(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    intent = tx.find("setup_intent", intent_id, param="intent", in_path=True)
    check_client_secret(tx, params, intent)
    return visible_to_caller(tx, intent)


def update(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Update an intent; Stripe sends no event. After the end, its card can't be changed."""
    intent = tx.find("setup_intent", intent_id, param="intent", in_path=True)
    _refuse_unsupported(params)
    if intent["status"] not in _OPEN and any(params.get(name) for name in _CHOICE):
        reason = (
            "it has already succeeded"
            if intent["status"] == "succeeded"
            else f"it has a status of {intent['status']}"
        )
        raise unexpected_intent_state(
            f"You cannot update this SetupIntent because {reason}.",
            without_private_fields(intent),
        )
    if params.get("customer"):
        _change_customer(tx, intent, params["customer"])
    _apply(tx, intent, params)
    tx.store.save(intent)
    return intent


def _change_customer(tx: Transaction, intent: JsonObject, customer_id: str) -> None:
    tx.find("customer", customer_id, param="customer")
    if intent["customer"] not in {None, customer_id}:
        raise ApiError(
            "The customer of a SetupIntent cannot be changed once it is set.",
            code="setup_intent_invalid_parameter",
            param="customer",
        )
    intent["customer"] = customer_id


def cancel(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    intent = tx.find("setup_intent", intent_id, param="intent", in_path=True)
    if intent["status"] not in _OPEN:
        raise unexpected_intent_state(_why_not_canceled(intent), without_private_fields(intent))
    setup_confirmation.abandon_attempt(tx, intent)
    intent |= {
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
        "status": "canceled",
    }
    tx.store.save(intent)
    emit(tx, "setup_intent.canceled", intent)
    return intent


def _why_not_canceled(intent: JsonObject) -> str:
    if intent["status"] == "canceled":
        return "You cannot cancel this SetupIntent because it is already canceled."
    return (
        f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a "
        "SetupIntent with one of the following statuses may be canceled: "
        "`requires_payment_method`, `requires_confirmation`, or `requires_action`."
    )


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("setup_intent")
    for name in ("customer", "payment_method"):
        found.equals(name, params.get(name))
    return list_objects(tx, found, params, "/v1/setup_intents")
