"""Charges made without a payment intent, as older integrations do: https://docs.stripe.com/api/charges/create."""

from payments_graphql.sandbox.cards import AUTHENTICATION_REQUIRED, Decline, TestCard, find_by_name
from payments_graphql.sandbox.currencies import check_charge_amount, check_positive, format_amount
from payments_graphql.sandbox.errors import (
    ApiError,
    CardError,
    InvalidParameterError,
    missing_parameter,
    missing_resource,
)
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import capture as captures
from payments_graphql.sandbox.resources import card_methods, charges, disputes, fraud_warnings
from payments_graphql.sandbox.resources.addresses import complete_shipping
from payments_graphql.sandbox.resources.checked_texts import (
    check_email,
    check_statement_descriptors,
)
from payments_graphql.sandbox.transaction import Transaction

_TEXTS = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
# Connect, raw card numbers and Radar sessions, which the sandbox doesn't support here.
_UNSUPPORTED = (
    "application_fee",
    "application_fee_amount",
    "card",
    "destination",
    "on_behalf_of",
    "transfer_data",
)


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Charge a test token; a decline leaves a failed charge."""
    _refuse_unsupported(params)
    for name in ("amount", "currency"):
        if name not in params:
            raise missing_parameter(name)
    check_charge_amount(params["amount"], params["currency"])
    check_email(params.get("receipt_email"), "receipt_email")
    check_statement_descriptors(params)
    card = _card_of(tx, params)
    # The customer isn't present to authenticate.
    needs_authentication = card.authentication in {"always", "until_set_up"}
    decline = card.decline or (AUTHENTICATION_REQUIRED if needs_authentication else None)
    method = card_methods.build(tx, card, {}, {}) | {"id": tx.new_id("card")}
    is_captured: bool = params.get("capture", True)
    charge = charges.build(tx, _as_intent(params), method, decline, is_captured=is_captured)
    charge["source"] = _source(method)
    tx.store.save(charge)
    if decline is not None:
        emit(tx, "charge.failed", charge)
        raise _card_error(charge, decline)
    emit(tx, "charge.succeeded", charge)
    if is_captured:
        fraud_warnings.warn_about(tx, charge)
        disputes.open_for(tx, charge)
    else:
        due = tx.store.now() + charges.AUTHORIZATION_LIFETIME
        tx.store.schedule("expire_charge", charge["id"], due=due)
    return charge


def _card_error(charge: JsonObject, decline: Decline) -> CardError:
    return CardError(
        decline.message,
        advice_code=decline.advice_code,
        charge=charge["id"],
        code=decline.code,
        decline_code=decline.decline_code,
        param=decline.param,
    )


def _refuse_unsupported(params: JsonObject) -> None:
    for name in _UNSUPPORTED:
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)


def _card_of(tx: Transaction, params: JsonObject) -> TestCard:
    source = params.get("source")
    if params.get("customer"):
        tx.find("customer", params["customer"], param="customer")
        if source is None:
            raise CardError("Cannot charge a customer that has no active card", code="missing")
        raise missing_resource("source", source, param="source")
    if source is None:
        raise InvalidParameterError("Must provide source or customer.", code="parameter_missing")
    card = find_by_name("tok_", source)
    if card is None:
        raise missing_resource("token", source, param="source")
    return card


def _as_intent(params: JsonObject) -> JsonObject:
    """Return the values that a payment intent would give to its charge."""
    return dict.fromkeys(("id", "customer")) | {
        "amount": params["amount"],
        "currency": params["currency"],
        "metadata": merge_metadata({}, params),
        "shipping": complete_shipping(params.get("shipping")),
        **{name: params.get(name) for name in _TEXTS},
    }


def _source(method: JsonObject) -> JsonObject:
    """Return the card in the format from before payment methods."""
    card = method["card"]
    shared = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    empty = (
        *("address_city", "address_country", "address_line1", "address_line1_check"),
        *("address_line2", "address_state", "address_zip", "address_zip_check"),
        *("customer", "cvc_check", "dynamic_last4", "name", "tokenization_method"),
    )
    return {
        "id": method["id"],
        "object": "card",
        "metadata": {},
        "regulated_status": "unregulated",
        **dict.fromkeys(empty),
        **{name: card[name] for name in shared},
    }


def capture(tx: Transaction, params: JsonObject, charge_id: str) -> JsonObject:
    """Capture all or part of the amount: https://docs.stripe.com/api/charges/capture."""
    charge = tx.find("charge", charge_id, param="charge", in_path=True)
    _refuse_unsupported(params)
    _check_capturable(charge)
    amount: int = params["amount"] if "amount" in params else charge["amount"]
    check_positive(amount, "amount")
    if amount > charge["amount"]:
        raise ApiError(
            f"Amount ({format_amount(amount, charge['currency'])}) is greater than the amount "
            f"authorized ({format_amount(charge['amount'], charge['currency'])}).",
            code="amount_too_large",
            param="amount",
        )
    for name in ("receipt_email", "statement_descriptor", "statement_descriptor_suffix"):
        if name in params:
            charge[name] = params[name]
    tx.store.save(charge)
    return captures.capture_charge(tx, charge_id, amount)


def _check_capturable(charge: JsonObject) -> None:
    if charge["payment_intent"] is not None:
        raise ApiError(
            f"Charge {charge['id']} was made by a PaymentIntent: capture "
            f"{charge['payment_intent']} instead.",
            param="charge",
        )
    if charge["captured"]:
        raise ApiError(
            f"Charge {charge['id']} has already been captured.", code="charge_already_captured"
        )
    if charge["refunded"]:
        raise ApiError(
            f"Charge {charge['id']} has expired or been refunded and can't be captured.",
            code="charge_expired_for_capture",
        )
    if charge["status"] != "succeeded":
        raise ApiError(f"Charge {charge['id']} was declined and can't be captured.")


def expire(tx: Transaction, charge_id: str) -> None:
    """Release an uncaptured charge, seven days after its authorization."""
    charge = tx.store.get("charge", charge_id)
    if charge is not None and not charge["captured"] and not charge["refunded"]:
        captures.release(tx, charge_id, "charge.expired")
