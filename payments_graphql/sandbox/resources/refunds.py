"""Refunds: https://docs.stripe.com/api/refunds."""

from payments_graphql.sandbox.cards import find_by_number
from payments_graphql.sandbox.currencies import check_positive, format_amount
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.method_types import TYPES
from payments_graphql.sandbox.resources import balance_transactions, disputes
from payments_graphql.sandbox.transaction import Transaction

# Seconds until the refunds of test cards succeed or fail, on the sandbox's clock.
SETTLING_TIME = 1
# Seconds until a customer names a destination for the refund.
ANSWERING_TIME = 60 * 60
# Days during which the customer can do that.
_ANSWERABLE = 45

_BY_TRANSFER = {"reference": None, "reference_status": "pending"}
_DESTINATIONS: JsonObject = {
    "card": {
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
        "type": "card",
    },
    "ideal": {"eu_bank_transfer": _BY_TRANSFER, "type": "eu_bank_transfer"},
    "sepa_debit": {"eu_bank_transfer": _BY_TRANSFER, "type": "eu_bank_transfer"},
    "us_bank_account": {"type": "us_bank_transfer", "us_bank_transfer": _BY_TRANSFER},
}


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Refund all or part of what was captured, never more."""
    _refuse_unsupported(params)
    charge = _charge_of(tx, params)
    disputes.check_refundable(tx, charge)
    if not charge["captured"]:
        raise ApiError(
            f"Charge {charge['id']} has not been captured, so there is nothing to refund; cancel "
            "its PaymentIntent to release the authorized amount.",
            code="charge_not_refundable",
        )
    _check_type(charge)
    left = charge["amount"] - charge["amount_refunded"]
    if left <= 0 and not tx.is_refund_limit_off:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount: int = params.get("amount", left if left > 0 else charge["amount"])
    check_positive(amount, "amount")
    if amount > left and not tx.is_refund_limit_off:
        currency = charge["currency"]
        raise ApiError(
            f"Refund amount ({format_amount(amount, currency)}) is greater than unrefunded amount "
            f"on charge ({format_amount(left, currency)})",
            param="amount",
        )
    refund = _build(tx, charge, amount, params)
    refund["balance_transaction"] = balance_transactions.book_refund(tx, refund, charge)["id"]
    tx.store.insert("refund", refund)
    emit(tx, "refund.created", refund)
    _count_on_charge(tx, charge, amount)
    return refund


def _check_type(charge: JsonObject) -> None:
    kind = charge["payment_method_details"]["type"]
    if not TYPES[kind].can_be_refunded:
        raise ApiError(
            f"Charge {charge['id']} was made with {kind}, which does not support refunds.",
            code="charge_not_refundable",
        )


def _refuse_unsupported(params: JsonObject) -> None:
    """Refuse Connect and customers' cash balances, which the sandbox doesn't support."""
    for name in ("customer", "origin", "refund_application_fee", "reverse_transfer"):
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)


def _charge_of(tx: Transaction, params: JsonObject) -> JsonObject:
    if params.get("charge"):
        charge = tx.find("charge", params["charge"], param="charge")
        if params.get("payment_intent") not in {None, charge["payment_intent"]}:
            raise ApiError(
                f"The charge {charge['id']} does not belong to the PaymentIntent "
                f"{params['payment_intent']}.",
                param="charge",
            )
    elif params.get("payment_intent"):
        intent = tx.find("payment_intent", params["payment_intent"], param="payment_intent")
        latest = intent["latest_charge"]
        charge = tx.find("charge", latest) if latest else {"status": "failed"}
    else:
        raise InvalidParameterError(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if charge["status"] != "succeeded":
        subject = params.get("payment_intent") or charge["id"]
        raise ApiError(
            f"This PaymentIntent ({subject}) does not have a successful charge to refund."
        )
    return charge


def _build(tx: Transaction, charge: JsonObject, amount: int, params: JsonObject) -> JsonObject:
    kind = charge["payment_method_details"]["type"]
    refund: JsonObject = {
        "id": tx.new_id("re" if kind == "card" else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": tx.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _DESTINATIONS[kind],
        "metadata": merge_metadata({}, params),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    # A refund to a bank account is a transfer, which takes days.
    is_debit = TYPES[kind].needs_mandate
    fate = "settles_later" if is_debit else find_by_number(charge["_number"]).refund
    if fate == "settles_later":
        refund |= {"status": "pending", "pending_reason": "processing"}
        tx.store.schedule("settle_refund", refund["id"], due=tx.store.now() + SETTLING_TIME)
    elif fate == "asks_customer":
        refund |= {"status": "requires_action", "next_action": _ask_customer(tx, charge, params)}
        tx.store.schedule("settle_refund", refund["id"], due=tx.store.now() + ANSWERING_TIME)
    elif fate == "fails_later":
        tx.store.schedule("fail_refund", refund["id"], due=tx.store.now() + SETTLING_TIME)
    if params.get("instructions_email"):
        refund["instructions_email"] = params["instructions_email"]
    return refund


def _ask_customer(tx: Transaction, charge: JsonObject, params: JsonObject) -> JsonObject:
    """Return the next action, an email: https://docs.stripe.com/api/refunds/object#refund_object-next_action."""
    customer = tx.store.get("customer", charge["customer"] or "") or {}
    address = (
        params.get("instructions_email")
        or charge["receipt_email"]
        or charge["billing_details"]["email"]
        or customer.get("email")
    )
    if not address:
        raise ApiError(
            "This refund asks the customer for details, so it needs an email address: pass "
            "`instructions_email`.",
            code="parameter_missing",
            param="instructions_email",
        )
    return {
        "type": "display_details",
        "display_details": {
            "email_sent": {"email_sent_at": tx.now, "email_sent_to": address},
            "expires_at": tx.now + _ANSWERABLE * 24 * 60 * 60,
        },
    }


def _count_on_charge(tx: Transaction, before: JsonObject, amount: int) -> None:
    refunded = before["amount_refunded"] + amount
    charge = before | {
        "amount_refunded": refunded,
        "refunded": refunded >= before["amount"],
    }
    tx.store.save(charge)
    emit(tx, "charge.refunded", charge, before)


def settle(tx: Transaction, refund_id: str) -> None:
    """Let a waiting refund succeed."""
    before = tx.store.get("refund", refund_id)
    if before is None or before["status"] not in {"pending", "requires_action"}:
        return
    refund = _without_waiting(before | {"status": "succeeded"})
    tx.store.save(refund)
    _tell_update(tx, refund, before)


def fail(tx: Transaction, refund_id: str) -> None:
    """Fail a refund, even one that succeeded: the amount can be refunded again.

    https://docs.stripe.com/refunds#failed-refunds
    """
    before = tx.store.get("refund", refund_id)
    if before is None or before["status"] not in {"pending", "succeeded"}:
        return
    refund = _take_back(tx, before, "failed", "expired_or_canceled_card")
    _tell_update(tx, refund, before)
    emit(tx, "refund.failed", refund)


def cancel(tx: Transaction, params: JsonObject, refund_id: str) -> JsonObject:
    """Cancel a refund that requires an action of the customer; others can't be canceled.

    https://docs.stripe.com/api/refunds/cancel
    """
    del params
    before = tx.find("refund", refund_id, param="refund", in_path=True)
    if before["status"] != "requires_action":
        raise ApiError("Canceling this refund is unsupported.")
    refund = _take_back(tx, before, "canceled", "merchant_request")
    _tell_update(tx, refund, before)
    return refund


def _take_back(tx: Transaction, before: JsonObject, status: str, reason: str) -> JsonObject:
    """End a refund that the customer didn't receive: the amount can be refunded again."""
    returned = balance_transactions.book_refund_failure(tx, before)
    refund = before | {
        "failure_balance_transaction": returned["id"],
        "failure_reason": reason,
        "status": status,
    }
    refund = _without_waiting(refund)
    tx.store.save(refund)
    charge = tx.find("charge", refund["charge"])
    left = charge["amount_refunded"] - refund["amount"]
    tx.store.save(charge | {"amount_refunded": left, "refunded": left >= charge["amount"]})
    return refund


def _without_waiting(refund: JsonObject) -> JsonObject:
    waiting = ("pending_reason", "next_action")
    return {name: value for name, value in refund.items() if name not in waiting}


def _tell_update(tx: Transaction, refund: JsonObject, before: JsonObject) -> None:
    """Send both of Stripe's events; the object of `charge.refund.updated` is also the refund."""
    emit(tx, "refund.updated", refund, before)
    emit(tx, "charge.refund.updated", refund, before)


def retrieve(tx: Transaction, params: JsonObject, refund_id: str) -> JsonObject:
    del params
    return tx.find("refund", refund_id, in_path=True)


def update(tx: Transaction, params: JsonObject, refund_id: str) -> JsonObject:
    before = tx.find("refund", refund_id, in_path=True)
    refund = before | {"metadata": merge_metadata(before["metadata"], params)}
    if refund != before:
        tx.store.save(refund)
        _tell_update(tx, refund, before)
    return refund


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("refund")
    for name in ("charge", "payment_intent"):
        found.equals(name, params.get(name))
    return list_objects(tx, found, params, "/v1/refunds")
