"""Payments without a card: bank debits, vouchers, bank redirects.

https://docs.stripe.com/payments/payment-methods#payment-notification
"""

from payments_graphql.sandbox.accounts import TestAccount, find_account, find_voucher_fate
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError, unexpected_intent_state
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources import (
    balance_transactions,
    charges,
    disputes,
    failures,
    mandates,
    microdeposits,
    payment_methods,
)
from payments_graphql.sandbox.transaction import Transaction

_DAY = 24 * 60 * 60
# Vouchers expire at midnight in Sao Paulo.
_SAO_PAULO = -3 * 60 * 60


def confirm(
    tx: Transaction, intent: JsonObject, method: JsonObject, params: JsonObject
) -> JsonObject:
    """Start the payment. None of these is paid at once."""
    match method["type"]:
        case "boleto":
            return _issue_voucher(tx, intent, method)
        case "ideal":
            return _redirect(tx, intent)
        case _:
            mandates.require(tx, intent, method, params)
            if microdeposits.are_needed(intent, method):
                microdeposits.send(tx, intent)
                tx.store.save(intent)
                emit(tx, "payment_intent.requires_action", intent)
                return intent
            return debit(tx, intent, method)


def debit(tx: Transaction, intent: JsonObject, method: JsonObject) -> JsonObject:
    """Start the debit; the bank answers later."""
    charge = charges.build_pending(tx, intent, method)
    intent |= {"latest_charge": charge["id"], "next_action": None, "status": "processing"}
    tx.store.save(intent)
    payment_methods.settle(tx, intent, method)
    emit(tx, "charge.pending", charge)
    emit(tx, "payment_intent.processing", intent)
    account = _account_of(method)
    if account.outcome != "stays":
        tx.store.schedule("answer_debit", intent["id"], due=tx.store.now() + account.delay)
    return intent


def _account_of(method: JsonObject) -> TestAccount:
    """Return the test account. Any other valid IBAN can be debited too."""
    number = method["_number"]
    return find_account(method["type"], number) or TestAccount(number)


def answer_debit(tx: Transaction, intent_id: str) -> None:
    """Apply the bank's answer: the payment succeeds or fails."""
    intent = tx.store.get("payment_intent", intent_id)
    if intent is None or intent["status"] != "processing":
        return
    method = tx.find("payment_method", intent["payment_method"])
    account = _account_of(method)
    charge = tx.find("charge", intent["latest_charge"])
    if account.outcome == "succeeds":
        _succeed(tx, intent, charge | charges.as_paid(tx, charge))
        if account.is_disputed:
            disputes.open_lost(tx, tx.find("charge", charge["id"]))
        return
    code, message = account.failure
    charge |= {"failure_code": code, "failure_message": message, "status": "failed"}
    tx.store.save(charge)
    emit(tx, "charge.failed", charge)
    error = failures.refused("payment_intent_payment_attempt_failed", message, charge=charge["id"])
    failures.send_back(tx, intent, method, error)


def _succeed(tx: Transaction, intent: JsonObject, charge: JsonObject) -> None:
    charge["balance_transaction"] = balance_transactions.book_charge(tx, charge)["id"]
    tx.store.save(charge)
    emit(tx, "charge.succeeded", charge)
    intent |= {
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "status": "succeeded",
    }
    tx.store.save(intent)
    emit(tx, "payment_intent.succeeded", intent)


def _pay(tx: Transaction, intent: JsonObject, method: JsonObject) -> JsonObject:
    charge = charges.build_pending(tx, intent, method)
    _succeed(tx, intent, charge | charges.as_paid(tx, charge))
    payment_methods.settle(tx, intent, method)
    return intent


def _issue_voucher(tx: Transaction, intent: JsonObject, method: JsonObject) -> JsonObject:
    """Issue a voucher, which the customer can pay until it expires."""
    fate = find_voucher_fate(method["billing_details"]["email"])
    if fate.expires_in is not None:
        expires_at = tx.now + fate.expires_in
    else:
        expires_at = _end_of_day(tx.now, intent["payment_method_options"]["boleto"])
    page = f"{tx.base_url}/_sandbox/vouchers/{intent['id']}"
    number = "".join(str(int(sign, 36) % 10) for sign in tx.ids.token("voucher"))[:47]
    intent |= {
        "next_action": {
            "boleto_display_details": {
                "expires_at": expires_at,
                "hosted_voucher_url": page,
                "number": number.ljust(47, "0"),
                "pdf": f"{page}?format=pdf",
            },
            "type": "boleto_display_details",
        },
        "status": "requires_action",
    }
    due = expires_at if fate.paid_after is None else tx.store.now() + fate.paid_after
    # An earlier voucher of the same payment has a different expiry.
    intent["_voucher_ends_at"] = due
    intent["_is_voucher_paid"] = fate.paid_after is not None
    tx.store.save(intent)
    tx.store.schedule("end_voucher", intent["id"], due=due)
    emit(tx, "payment_intent.requires_action", intent)
    return intent


def _end_of_day(now: int, options: JsonObject) -> int:
    """Return 23:59:59 in Sao Paulo, on the day when the voucher expires."""
    today = (now + _SAO_PAULO) // _DAY
    return int((today + options["expires_after_days"] + 1) * _DAY - _SAO_PAULO - 1)


def end_voucher(tx: Transaction, intent_id: str) -> None:
    """Pay the voucher or let it expire, as the payer's email address says."""
    intent = tx.store.get("payment_intent", intent_id)
    if intent is None or not has_voucher(intent) or intent["_voucher_ends_at"] > tx.store.now():
        return
    if intent["_is_voucher_paid"]:
        pay_voucher(tx, intent)
    else:
        expire_voucher(tx, intent)


def has_voucher(intent: JsonObject) -> bool:
    action = intent["next_action"] or {}
    return intent["status"] == "requires_action" and action.get("type") == "boleto_display_details"


def pay_voucher(tx: Transaction, intent: JsonObject) -> JsonObject:
    """Pay the voucher, as the customer does at the bank. Stripe learns of it a day later."""
    _require_voucher(intent)
    return _pay(tx, intent, tx.find("payment_method", intent["payment_method"]))


def expire_voucher(tx: Transaction, intent: JsonObject) -> JsonObject:
    _require_voucher(intent)
    method = tx.find("payment_method", intent["payment_method"])
    message = "The payment attempt expired: the voucher was not paid in time."
    error = failures.refused("payment_intent_payment_attempt_expired", message)
    failures.send_back(tx, intent, method, error)
    return intent


def _require_voucher(intent: JsonObject) -> None:
    if not has_voucher(intent):
        raise unexpected_intent_state(
            f"This PaymentIntent has a status of {intent['status']}: it waits for no voucher.",
            without_private_fields(intent),
        )


def _redirect(tx: Transaction, intent: JsonObject) -> JsonObject:
    """Redirect to the bank's page."""
    if not intent["_return_url"]:
        raise InvalidParameterError(
            "A `return_url` must be specified because this PaymentIntent's payment method needs a "
            "full page redirect to succeed.",
            param="return_url",
        )
    url = f"{tx.base_url}/_sandbox/authenticate/{intent['id']}"
    redirect = {"return_url": intent["_return_url"], "url": url}
    intent |= {
        "next_action": {"redirect_to_url": redirect, "type": "redirect_to_url"},
        "status": "requires_action",
        "_leads_to_bank": True,
    }
    tx.store.save(intent)
    emit(tx, "payment_intent.requires_action", intent)
    return intent


def finish_redirect(
    tx: Transaction, intent: JsonObject, method: JsonObject, *, has_succeeded: bool
) -> JsonObject:
    """Complete or fail the payment, as the bank's page does."""
    if method["type"] != "ideal":
        raise ApiError("This payment waits for no page of a bank.")
    if has_succeeded:
        return _pay(tx, intent, method)
    failures.send_back(tx, intent, method, failures.authentication_failed())
    return intent
