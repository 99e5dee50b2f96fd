"""Captures, cancels and expires authorized payments.

https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
"""

from payments_graphql.sandbox.currencies import check_positive, format_amount
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError, unexpected_intent_state
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import balance_transactions, disputes, fraud_warnings
from payments_graphql.sandbox.resources.checked_texts import check_statement_descriptors
from payments_graphql.sandbox.transaction import Transaction

CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)


def capture(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Capture all or part of an authorized amount; the rest is released."""
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    if intent["status"] != "requires_capture":
        raise unexpected_intent_state(
            "This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
            without_private_fields(intent),
        )
    amount: int = ({"amount_to_capture": intent["amount_capturable"]} | params)["amount_to_capture"]
    check_positive(amount, "amount_to_capture")
    if amount > intent["amount_capturable"]:
        raise _too_much(intent, amount)
    if params.get("final_capture") is False:
        raise InvalidParameterError(
            "This payment method does not support capturing more than once: final_capture must "
            "be true.",
            param="final_capture",
        )
    check_statement_descriptors(params)
    capture_charge(tx, intent["latest_charge"], amount)
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name]
    intent |= {
        "amount_capturable": 0,
        "amount_received": amount,
        "last_payment_error": None,
        "metadata": merge_metadata(intent["metadata"], params),
        "status": "succeeded",
    }
    tx.store.save(intent)
    emit(tx, "payment_intent.succeeded", intent)
    return intent


def _too_much(intent: JsonObject, amount: int) -> ApiError:
    currency = intent["currency"]
    return ApiError(
        f"The amount to capture ({format_amount(amount, currency)}) is greater than the amount "
        f"that can be captured ({format_amount(intent['amount_capturable'], currency)}).",
        code="amount_too_large",
        param="amount_to_capture",
    )


def capture_charge(tx: Transaction, charge_id: str, amount: int) -> JsonObject:
    """Capture the charge. The rest counts as refunded, so that it can't be refunded again."""
    before = tx.find("charge", charge_id)
    charge = before | {
        "amount_captured": amount,
        "amount_refunded": before["amount"] - amount,
        "captured": True,
        "payment_method_details": _without_deadline(before["payment_method_details"]),
    }
    charge["balance_transaction"] = balance_transactions.book_charge(tx, charge)["id"]
    tx.store.save(charge)
    emit(tx, "charge.captured", charge, before)
    fraud_warnings.warn_about(tx, charge)
    disputes.open_for(tx, charge)
    return charge


def _without_deadline(details: JsonObject) -> JsonObject:
    card = {name: value for name, value in details["card"].items() if name != "capture_before"}
    return details | {"card": card}


def cancel(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    if intent["status"] not in CANCELABLE:
        raise unexpected_intent_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELABLE)}.",
            without_private_fields(intent),
        )
    if intent["status"] == "requires_capture":
        release(tx, intent["latest_charge"], "charge.refunded")
    return _close(tx, intent, params.get("cancellation_reason"))


def increment(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Refuse: no test card allows it, like cards at Stripe unless it was requested.

    https://docs.stripe.com/payments/incremental-authorization
    """
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    if intent["status"] != "requires_capture":
        raise unexpected_intent_state(
            "This PaymentIntent's authorization could not be incremented because it has a status "
            f"of {intent['status']}. Only a PaymentIntent with one of the following statuses may "
            "be incremented: requires_capture.",
            without_private_fields(intent),
        )
    check_positive(params["amount"], "amount")
    raise ApiError(
        "This PaymentIntent's payment method does not support incremental authorization.",
        code="payment_intent_invalid_parameter",
    )


def expire_authorization(tx: Transaction, intent_id: str) -> None:
    """Cancel an uncaptured payment, seven days after its authorization."""
    intent = tx.store.get("payment_intent", intent_id)
    if intent is None or intent["status"] != "requires_capture":
        return
    release(tx, intent["latest_charge"], "charge.expired")
    _close(tx, intent, "automatic")


def release(tx: Transaction, charge_id: str, event: str) -> None:
    """Release an authorized amount. The charge counts as refunded, without a refund object."""
    before = tx.find("charge", charge_id)
    charge = before | {"amount_refunded": before["amount"], "refunded": True}
    tx.store.save(charge)
    emit(tx, event, charge, before)


def _close(tx: Transaction, intent: JsonObject, reason: str | None) -> JsonObject:
    intent |= {
        "amount_capturable": 0,
        "canceled_at": tx.now,
        "cancellation_reason": reason,
        "last_payment_error": None,
        "next_action": None,
        "status": "canceled",
    }
    tx.store.save(intent)
    emit(tx, "payment_intent.canceled", intent)
    return intent
