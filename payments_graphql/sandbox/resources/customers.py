"""Customers: https://docs.stripe.com/api/customers."""

from payments_graphql.sandbox.errors import InvalidParameterError, missing_resource
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import payment_methods
from payments_graphql.sandbox.resources.addresses import complete_address, complete_shipping
from payments_graphql.sandbox.resources.checked_texts import check_email
from payments_graphql.sandbox.transaction import Transaction

_PLAIN = (
    "balance",
    "description",
    "email",
    "invoice_prefix",
    "name",
    "next_invoice_sequence",
    "phone",
    "preferred_locales",
    "tax_exempt",
)
# Shown only if they were set, as at Stripe.
_OPTIONAL = ("business_name", "individual_name")

# Fields from before payment methods, and test clocks of Billing.
_UNSUPPORTED = (
    "bank_account",
    "card",
    "default_alipay_account",
    "default_bank_account",
    "default_card",
    "default_source",
    "source",
    "test_clock",
)


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    customer_id = tx.new_id("cus")
    customer: JsonObject = {
        "id": customer_id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": tx.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": customer_id[4:12].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    tx.store.insert("customer", customer)
    if params.get("payment_method"):
        attached = payment_methods.attach_to(tx, params["payment_method"], customer_id)
        params = _with_attached_default(params, attached["id"])
    _apply(tx, customer, params)
    tx.store.save(customer)
    emit(tx, "customer.created", customer)
    return customer


def _with_attached_default(params: JsonObject, attached_id: str) -> JsonObject:
    """Use the same card if a request names a test id such as `pm_card_visa` twice."""
    settings = params.get("invoice_settings") or {}
    if settings.get("default_payment_method") != params["payment_method"]:
        return params
    return params | {"invoice_settings": settings | {"default_payment_method": attached_id}}


def retrieve(tx: Transaction, params: JsonObject, customer_id: str) -> JsonObject:
    """Return a customer. Of a deleted one, little more than its id is left."""
    del params
    deleted = tx.store.get("deleted_customer", customer_id)
    return deleted or tx.find("customer", customer_id, in_path=True)


def update(tx: Transaction, params: JsonObject, customer_id: str) -> JsonObject:
    customer = tx.find("customer", customer_id, in_path=True)
    before = tx.find("customer", customer_id)
    _apply(tx, customer, params)
    if customer != before:
        tx.store.save(customer)
        emit(tx, "customer.updated", customer, before)
    return customer


def _refuse_unsupported(params: JsonObject) -> None:
    """Refuse parameters that the sandbox would otherwise ignore."""
    for name in _UNSUPPORTED:
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)


def _apply(tx: Transaction, customer: JsonObject, params: JsonObject) -> None:
    _refuse_unsupported(params)
    check_email(params.get("email"), "email")
    for name in (*_PLAIN, *_OPTIONAL):
        if name in params:
            customer[name] = params[name]
    for name in _OPTIONAL:
        if customer.get(name) is None:
            customer.pop(name, None)
    if "address" in params:
        customer["address"] = complete_address(params["address"])
    if "shipping" in params:
        customer["shipping"] = complete_shipping(params["shipping"])
    customer["metadata"] = merge_metadata(customer["metadata"], params)
    settings = params.get("invoice_settings", {})
    method_id = settings.get("default_payment_method")
    if method_id:
        _check_attached(tx, method_id, customer["id"])
    customer["invoice_settings"] = customer["invoice_settings"] | {
        name: value for name, value in settings.items() if name in customer["invoice_settings"]
    }


def _check_attached(tx: Transaction, method_id: str, customer_id: str) -> None:
    """Check that the default payment method is attached to the customer."""
    param = "invoice_settings[default_payment_method]"
    method = tx.store.get("payment_method", method_id)
    if method is None or method["customer"] != customer_id:
        raise missing_resource("PaymentMethod", method_id, param=param)


def delete(tx: Transaction, params: JsonObject, customer_id: str) -> JsonObject:
    """Delete a customer. Its payment methods are detached and can't be used again."""
    del params
    customer = tx.find("customer", customer_id, in_path=True)
    for method in payment_methods.attached_to(tx, customer_id):
        tx.store.save(method | {"customer": None, "_is_spent": True})
    remains = {"id": customer_id, "object": "customer", "deleted": True}
    tx.store.execute("UPDATE objects SET kind = 'deleted_customer' WHERE id = ?", customer_id)
    tx.store.save(remains)
    emit(tx, "customer.deleted", customer)
    return remains


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("customer")
    found.equals("email", params.get("email"))
    return list_objects(tx, found, params, "/v1/customers")
