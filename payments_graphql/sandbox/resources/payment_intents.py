"""Creates, reads and updates payment intents: https://docs.stripe.com/api/payment_intents.

See `confirmation.py` for confirming, and `capture.py` for capturing and canceling.
"""

from payments_graphql.sandbox.currencies import check_charge_amount
from payments_graphql.sandbox.errors import (
    ApiError,
    InvalidParameterError,
    unexpected_intent_state,
)
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import confirmation
from payments_graphql.sandbox.resources.addresses import complete_shipping
from payments_graphql.sandbox.resources.checked_texts import (
    check_email,
    check_statement_descriptors,
)
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

_PLAIN = (
    "capture_method",
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
# Parameters that require confirm=true.
_FOR_CONFIRMING = (
    "error_on_requires_action",
    "mandate",
    "mandate_data",
    "off_session",
    "return_url",
    "use_stripe_sdk",
)
# Connect and tax calculation, which the sandbox doesn't support.
_UNSUPPORTED = ("application_fee_amount", "hooks", "on_behalf_of", "transfer_data")
# These can't be changed once the payment is authorized.
_FIXED_ONCE_AUTHORIZED = (
    "amount",
    "capture_method",
    "currency",
    "customer",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "setup_future_usage",
)
# The stored fields of `amount_details`. Line items are checked but not stored.
_AMOUNT_DETAILS = ("discount_amount", "shipping", "tax")
_CARD_OPTIONS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
_PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Create an intent and, with `confirm`, confirm it at once."""
    check_charge_amount(params["amount"], params["currency"])
    _refuse_unsupported(params)
    is_confirmed = params.get("confirm", False)
    if not is_confirmed:
        _refuse_confirming_parameters(params)
    if params.get("customer"):
        tx.find("customer", params["customer"], param="customer")
    intent = _build(tx, params)
    _apply(tx, intent, params)
    tx.store.insert("payment_intent", intent)
    emit(tx, "payment_intent.created", intent)
    if is_confirmed:
        return confirmation.confirm_intent(tx, intent, params)
    return intent


def _refuse_unsupported(params: JsonObject) -> None:
    """Refuse parameters that the sandbox would otherwise ignore."""
    for name in _UNSUPPORTED:
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)


def _refuse_confirming_parameters(params: JsonObject) -> None:
    for name in _FOR_CONFIRMING:
        if params.get(name):
            raise InvalidParameterError(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless "
                "`confirm` is set to true.",
                param=name,
            )


def _build(tx: Transaction, params: JsonObject) -> JsonObject:
    intent_id = tx.new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{tx.ids.token('secret')}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": tx.now,
        "currency": params["currency"],
        "customer": params.get("customer"),
        "customer_account": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_is_authenticated": False,
    } | accepted_payment_methods(params, "payment_intent", _CARD_OPTIONS)


def _apply(tx: Transaction, intent: JsonObject, params: JsonObject) -> None:
    """Set the parameters that are allowed until the intent is confirmed."""
    check_email(params.get("receipt_email"), "receipt_email")
    check_statement_descriptors(params)
    for name in _PLAIN:
        if name in params:
            intent[name] = params[name]
    if "shipping" in params:
        intent["shipping"] = complete_shipping(params["shipping"])
    intent["metadata"] = merge_metadata(intent["metadata"], params)
    if params.get("amount_details"):
        details = {name: params["amount_details"].get(name) for name in _AMOUNT_DETAILS}
        intent["amount_details"] |= {name: value for name, value in details.items() if value}
    apply_types(intent, params)
    apply_method_options(intent, params)
    choose_payment_method(tx, intent, params)


def retrieve(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    check_client_secret(tx, params, intent)
    return visible_to_caller(tx, intent)


def update(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Update what the intent's status allows, and clear the last error."""
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    if intent["status"] not in _PAYABLE:
        _refuse_fixed(intent, params)
    _refuse_unsupported(params)
    after = intent | params
    amount: int = after["amount"]
    currency: str = after["currency"]
    if {"amount", "currency"} & params.keys():
        check_charge_amount(amount, currency)
    if params.get("customer"):
        tx.find("customer", params["customer"], param="customer")
        _check_customer_change(intent, params["customer"])
        intent["customer"] = params["customer"]
    if intent["status"] == "requires_action" and (amount, currency) != (
        intent["amount"],
        intent["currency"],
    ):
        # The bank authenticated another amount, so the payment must be confirmed again.
        intent |= {"status": "requires_confirmation", "next_action": None}
    intent |= {"amount": amount, "currency": currency, "last_payment_error": None}
    _apply(tx, intent, params)
    tx.store.save(intent)
    return intent


def _check_customer_change(intent: JsonObject, customer_id: str) -> None:
    if intent["customer"] not in {None, customer_id}:
        raise ApiError(
            "The customer of a PaymentIntent cannot be changed once it is set.",
            code="payment_intent_invalid_parameter",
            param="customer",
        )


def _refuse_fixed(intent: JsonObject, params: JsonObject) -> None:
    for name in _FIXED_ONCE_AUTHORIZED:
        if name in params:
            raise unexpected_intent_state(
                f"This PaymentIntent's {name} could not be updated because it has a status of "
                f"{intent['status']}. You may only update the {name} of a PaymentIntent with one "
                f"of the following statuses: {', '.join(_PAYABLE)}.",
                without_private_fields(intent),
            )


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("payment_intent")
    found.equals("customer", params.get("customer"))
    return list_objects(tx, found, params, "/v1/payment_intents")
