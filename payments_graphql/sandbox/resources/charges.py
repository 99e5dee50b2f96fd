"""Charges, which payment intents make: https://docs.stripe.com/api/charges."""

from payments_graphql.sandbox.cards import Decline, TestCard, find_by_number
from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import balance_transactions, bank_methods
from payments_graphql.sandbox.resources.addresses import complete_shipping
from payments_graphql.sandbox.resources.checked_texts import (
    calculated_statement_descriptor,
    check_email,
)
from payments_graphql.sandbox.transaction import Transaction

# Seconds for which most cards hold an authorized amount:
# https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
AUTHORIZATION_LIFETIME = 7 * 24 * 60 * 60


# Copied from the payment intent.
_FROM_INTENT = (
    "amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
# Connect, reviews and fields from before payment methods: present, and always null.
_NEVER_SET: JsonObject = dict.fromkeys(
    (
        "application",
        "application_fee",
        "application_fee_amount",
        "failure_balance_transaction",
        "on_behalf_of",
        "receipt_number",
        "review",
        "source",
        "source_transfer",
        "transfer_data",
    )
)


def build(
    tx: Transaction,
    intent: JsonObject,
    method: JsonObject,
    decline: Decline | None,
    *,
    is_captured: bool,
) -> JsonObject:
    """Make and store the charge of one attempt to pay an intent, successful or not."""
    card = find_by_number(method["_number"])
    details = _details(intent, method, card, decline)
    if decline is None and not is_captured:
        details["capture_before"] = tx.now + AUTHORIZATION_LIFETIME
    charge = _base(tx, intent, method, {"card": details, "type": "card"})
    charge |= {"outcome": _outcome(decline), "_number": card.number}
    charge |= _refused(decline) if decline else _paid(tx, charge, is_captured=is_captured)
    if charge["captured"]:
        charge["balance_transaction"] = balance_transactions.book_charge(tx, charge)["id"]
    tx.store.insert("charge", charge)
    return charge


def build_pending(tx: Transaction, intent: JsonObject, method: JsonObject) -> JsonObject:
    """Make and store the charge of an attempt whose bank answers later."""
    charge = _base(tx, intent, method, bank_methods.charge_details(method))
    charge |= {
        "amount_captured": charge["amount"],
        "calculated_statement_descriptor": None,
        "captured": True,
        "failure_code": None,
        "failure_message": None,
        "outcome": _not_assessed(),
        "paid": False,
        "receipt_url": None,
        "status": "pending",
        "_number": method["_number"],
    }
    tx.store.insert("charge", charge)
    return charge


def as_paid(tx: Transaction, charge: JsonObject) -> JsonObject:
    """Return the fields that change when a pending charge succeeds."""
    return _paid(tx, charge, is_captured=True)


def _base(
    tx: Transaction, intent: JsonObject, method: JsonObject, details: JsonObject
) -> JsonObject:
    return {
        "id": tx.new_id("ch" if details["type"] == "card" else "py"),
        "object": "charge",
        **_NEVER_SET,
        **{name: intent[name] for name in _FROM_INTENT},
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "created": tx.now,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "radar_options": {},
        "refunded": False,
    }


def _paid(tx: Transaction, charge: JsonObject, *, is_captured: bool) -> JsonObject:
    suffix = charge["statement_descriptor_suffix"]
    return {
        "amount_captured": charge["amount"] if is_captured else 0,
        "calculated_statement_descriptor": calculated_statement_descriptor(suffix),
        "captured": is_captured,
        "failure_code": None,
        "failure_message": None,
        "paid": True,
        "receipt_url": f"{tx.base_url}/_sandbox/receipts/{charge['id']}",
        "status": "succeeded",
    }


def _refused(decline: Decline) -> JsonObject:
    return {
        "amount_captured": 0,
        "calculated_statement_descriptor": None,
        "captured": False,
        "failure_code": decline.code,
        "failure_message": decline.message,
        "paid": False,
        "receipt_url": None,
        "status": "failed",
    }


def _outcome(decline: Decline | None) -> JsonObject:
    """Return who declined, and why: https://docs.stripe.com/declines."""
    if decline is None:
        network, reason, message, kind = (
            "approved_by_network",
            None,
            "Payment complete.",
            "authorized",
        )
    elif decline.is_blocked:
        network, reason, kind = "not_sent_to_network", "highest_risk_level", "blocked"
        message = "Stripe blocked this payment as too risky."
    else:
        network, reason, kind = "declined_by_network", decline.decline_code, "issuer_declined"
        message = "The bank did not return any further details with this decline."
    return {
        "advice_code": decline.advice_code if decline else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "highest" if decline and decline.is_blocked else "normal",
        "risk_score": 92 if decline and decline.is_blocked else 12,
        "seller_message": message,
        "type": kind,
    }


def _not_assessed() -> JsonObject:
    """Return the outcome without Radar, which assesses cards only."""
    outcome = _outcome(None) | {"risk_level": "not_assessed"}
    del outcome["risk_score"]
    return outcome


def _details(
    intent: JsonObject, method: JsonObject, card: TestCard, decline: Decline | None
) -> JsonObject:
    return {
        "amount_authorized": intent["amount"] if decline is None else None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": method["card"]["checks"],
        "country": card.country,
        "exp_month": method["card"]["exp_month"],
        "exp_year": method["card"]["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": _three_d_secure(intent),
        "wallet": None,
    }


def _three_d_secure(intent: JsonObject) -> JsonObject | None:
    if not intent.get("_is_authenticated"):
        return None
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def retrieve(tx: Transaction, params: JsonObject, charge_id: str) -> JsonObject:
    del params
    return tx.find("charge", charge_id, in_path=True)


def update(tx: Transaction, params: JsonObject, charge_id: str) -> JsonObject:
    before = tx.find("charge", charge_id, in_path=True)
    charge = before | {"metadata": merge_metadata(before["metadata"], params)}
    check_email(params.get("receipt_email"), "receipt_email")
    for name in ("description", "receipt_email", "transfer_group"):
        if name in params:
            charge[name] = params[name]
    if "fraud_details" in params:
        report = params["fraud_details"]["user_report"]
        charge["fraud_details"] = {"user_report": report} if report else {}
    if params.get("customer"):
        _set_customer(tx, charge, params["customer"])
    if "shipping" in params:
        charge["shipping"] = complete_shipping(params["shipping"])
    if charge != before:
        tx.store.save(charge)
        emit(tx, "charge.updated", charge, before)
    return charge


def _set_customer(tx: Transaction, charge: JsonObject, customer_id: str) -> None:
    """Set the customer, only if the charge has none:
    https://docs.stripe.com/api/charges/update#update_charge-customer."""
    tx.find("customer", customer_id, param="customer")
    if charge["customer"] not in {None, customer_id}:
        raise ApiError(
            "The customer of a charge cannot be changed once it is set.", param="customer"
        )
    charge["customer"] = customer_id


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("charge")
    for name in ("customer", "payment_intent", "transfer_group"):
        found.equals(name, params.get(name))
    return list_objects(tx, found, params, "/v1/charges")
