"""Payment methods: https://docs.stripe.com/api/payment_methods."""

from payments_graphql.sandbox.accounts import find_account_by_name
from payments_graphql.sandbox.cards import find_by_name, find_by_number
from payments_graphql.sandbox.errors import ApiError, CardError, missing_parameter, missing_resource
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.method_types import TYPES
from payments_graphql.sandbox.resources import bank_methods, card_methods
from payments_graphql.sandbox.resources.addresses import complete_billing_details
from payments_graphql.sandbox.store import load
from payments_graphql.sandbox.transaction import Transaction

_TEST_ID = "pm_card_"


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Create a card from a test token or number, or another type from its details."""
    if params.get("type") is None:
        raise missing_parameter("type")
    if params["type"] == "card":
        method = card_methods.build_from(tx, params)
    else:
        method = bank_methods.build_from(tx, params)
    tx.store.insert("payment_method", method)
    return method


def find(
    tx: Transaction, method_id: str, *, param: str = "payment_method", in_path: bool = False
) -> JsonObject:
    """Return a payment method. A test id such as `pm_card_visa` creates a new one each time."""
    card = find_by_name(_TEST_ID, method_id)
    if card is not None:
        method = card_methods.build(tx, card, {}, {})
        tx.store.insert("payment_method", method)
        return method
    found = find_account_by_name(method_id)
    if found is not None:
        method = bank_methods.build_for_account(tx, *found)
        tx.store.insert("payment_method", method)
        return method
    return tx.find("payment_method", method_id, param=param, in_path=in_path)


def retrieve(tx: Transaction, params: JsonObject, method_id: str) -> JsonObject:
    del params
    return find(tx, method_id, in_path=True)


def retrieve_of_customer(
    tx: Transaction, params: JsonObject, customer_id: str, method_id: str
) -> JsonObject:
    del params
    tx.find("customer", customer_id, param="customer", in_path=True)
    method = tx.find("payment_method", method_id, param="payment_method", in_path=True)
    if method["customer"] != customer_id:
        raise missing_resource("PaymentMethod", method_id, param="payment_method", in_path=True)
    return method


def update(tx: Transaction, params: JsonObject, method_id: str) -> JsonObject:
    """Update a payment method, which must be attached."""
    method = tx.find("payment_method", method_id, param="payment_method", in_path=True)
    if method["customer"] is None:
        raise ApiError(
            "You must save this PaymentMethod to a customer before you can update it.",
            code="payment_method_unexpected_state",
        )
    before = method
    method = before | {"metadata": merge_metadata(before["metadata"], params)}
    if "allow_redisplay" in params:
        method["allow_redisplay"] = params["allow_redisplay"]
    if "billing_details" in params:
        method["billing_details"] = complete_billing_details(
            method["billing_details"] | params["billing_details"]
        )
    changes = {
        name: value
        for name, value in params.get("card", {}).items()
        if name in {"exp_month", "exp_year"}
    }
    if changes:
        method["card"] = method["card"] | changes
    if method != before:
        tx.store.save(method)
        emit(tx, "payment_method.updated", method, before)
    return method


def attach(tx: Transaction, params: JsonObject, method_id: str) -> JsonObject:
    if params.get("customer") is None:
        raise missing_parameter("customer")
    return attach_to(tx, method_id, params["customer"], in_path=True)


def attach_to(
    tx: Transaction, method_id: str, customer_id: str, *, in_path: bool = False
) -> JsonObject:
    """Attach after the bank's check, which refuses most declining cards."""
    tx.find("customer", customer_id, param="customer")
    method = find(tx, method_id, in_path=in_path)
    if method["customer"] == customer_id:
        return method
    if method["customer"] is not None:
        raise ApiError("The payment method you provided has already been attached to a customer.")
    if method["_is_spent"]:
        raise spent_method()
    if not TYPES[method["type"]].can_be_saved:
        raise ApiError(
            f"Payment methods of type {method['type']} cannot be saved to customers.",
            code="payment_method_unexpected_state",
        )
    card = find_by_number(method["_number"])
    if method["type"] == "card" and card.decline is not None and not card.attaches:
        raise CardError(
            card.decline.message,
            code=card.decline.code,
            decline_code=card.decline.decline_code,
            advice_code=card.decline.advice_code,
            param=card.decline.param,
        )
    return save_for(tx, method, customer_id)


def save_for(tx: Transaction, method: JsonObject, customer_id: str) -> JsonObject:
    """Attach a payment method that works, and send the event.

    Do nothing if the customer was deleted in the meantime. Stripe doesn't document this case.
    """
    if tx.store.get("customer", customer_id) is None:
        method["_is_spent"] = True
        tx.store.save(method)
        return method
    method["customer"] = customer_id
    if method["type"] == "card":
        checks = method["card"]["checks"] | {"cvc_check": "pass"}
        method["card"] = method["card"] | {"checks": checks}
    tx.store.save(method)
    emit(tx, "payment_method.attached", method)
    return method


def settle(tx: Transaction, intent: JsonObject, method: JsonObject) -> None:
    """Attach the method to the customer if requested. Otherwise it can't be used again."""
    if intent["setup_future_usage"] == "off_session" and intent["_is_authenticated"]:
        method["_is_set_up"] = True
    if method["customer"] is not None:
        tx.store.save(method)
    elif intent["customer"] is not None and intent["setup_future_usage"]:
        save_for(tx, method, intent["customer"])
    else:
        tx.store.save(method | {"_is_spent": True})


def spent_method() -> ApiError:
    return ApiError(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
        "attachment, or was detached from a Customer. It may not be used again. To use a "
        "PaymentMethod multiple times, you must attach it to a Customer first.",
        code="payment_method_unexpected_state",
        param="payment_method",
    )


def detach(tx: Transaction, params: JsonObject, method_id: str) -> JsonObject:
    """Detach a payment method permanently. If it was the default, that is cleared first."""
    del params
    before = tx.find("payment_method", method_id, param="payment_method", in_path=True)
    if before["customer"] is None:
        raise ApiError(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            param="payment_method",
        )
    _clear_default(tx, before["customer"], method_id)
    method = before | {"customer": None, "_is_spent": True}
    tx.store.save(method)
    emit(tx, "payment_method.detached", method, before)
    return method


def _clear_default(tx: Transaction, customer_id: str, method_id: str) -> None:
    customer = tx.find("customer", customer_id)
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] != method_id:
        return
    changed = customer | {"invoice_settings": settings | {"default_payment_method": None}}
    tx.store.save(changed)
    emit(tx, "customer.updated", changed, customer)


def attached_to(tx: Transaction, customer_id: str) -> list[JsonObject]:
    rows = tx.store.all(
        "SELECT body FROM objects WHERE kind = 'payment_method' "
        "AND json_extract(body, '$.customer') = ?",
        customer_id,
    )
    return [load(row["body"]) for row in rows]


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    return _list(tx, params, params.get("customer"), "/v1/payment_methods")


def list_of_customer(tx: Transaction, params: JsonObject, customer_id: str) -> JsonObject:
    url = f"/v1/customers/{customer_id}/payment_methods"
    tx.find("customer", customer_id, param="customer", in_path=True)
    return _list(tx, params, customer_id, url)


def _list(tx: Transaction, params: JsonObject, customer_id: str | None, url: str) -> JsonObject:
    if customer_id is not None:
        tx.find("customer", customer_id, param="customer")
    found = Filter("payment_method")
    found.equals("customer", customer_id)
    found.equals("type", params.get("type"))
    found.equals("allow_redisplay", params.get("allow_redisplay"))
    return list_objects(tx, found, params, url)
