"""Payouts, from the balance to the site's bank account: https://docs.stripe.com/api/payouts.

Stripe's times depend on the account's country and bank. The sandbox's payouts arrive on the day on
which they are made, are paid a second later, and cost nothing.
"""

from payments_graphql.sandbox.currencies import check_positive
from payments_graphql.sandbox.errors import ApiError, InvalidParameterError
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources import balance_transactions
from payments_graphql.sandbox.transaction import Transaction

# Seconds until a payout is paid, on the sandbox's clock.
PAYING_TIME = 1
_DAY = 24 * 60 * 60
_BANK_ACCOUNT = "ba_1SandboxBankAccount0001"
_DESCRIPTION = "STRIPE PAYOUT"
# https://docs.stripe.com/api/payouts/failures
_FAILURE = ("account_closed", "The bank account has been closed.")


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    """Pay out a part of the available balance."""
    for name in ("destination", "payout_method", "source_type"):
        if params.get(name):
            raise InvalidParameterError(f"The sandbox does not support `{name}`.", param=name)
    amount: int = params["amount"]
    check_positive(amount, "amount")
    if amount > balance_transactions.sum_available(tx).get(params["currency"], 0):
        raise ApiError(
            "You have insufficient funds in your Stripe account for this transfer. Your card "
            "balance is too low.  You can use the /v1/balance endpoint to view your Stripe balance "
            "(for more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )
    return _pay_out(tx, amount, params)


def pay_out_available(tx: Transaction) -> list[JsonObject]:
    """Pay out everything that is available, as the account's schedule does: a payout for each
    currency."""
    return [
        _pay_out(tx, amount, {"currency": currency}, is_automatic=True)
        for currency, amount in balance_transactions.sum_available(tx).items()
        if amount > 0
    ]


def _pay_out(
    tx: Transaction, amount: int, params: JsonObject, *, is_automatic: bool = False
) -> JsonObject:
    payout: JsonObject = {
        "id": tx.new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": tx.now - tx.now % _DAY,
        "automatic": is_automatic,
        "balance_transaction": None,
        "created": tx.now,
        "currency": params["currency"],
        "description": params.get("description", _DESCRIPTION if is_automatic else None),
        "destination": _BANK_ACCOUNT,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, params),
        "method": params.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if is_automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
    booked = balance_transactions.book_payout(tx, payout, payout["description"] or _DESCRIPTION)
    payout["balance_transaction"] = booked["id"]
    tx.store.insert("payout", payout)
    if is_automatic:
        balance_transactions.assign_available(tx, payout)
    tx.store.schedule("pay_payout", payout["id"], due=tx.store.now() + PAYING_TIME)
    emit(tx, "payout.created", payout)
    return payout


def pay(tx: Transaction, payout_id: str) -> None:
    """Let a payout arrive."""
    before = tx.store.get("payout", payout_id)
    if before is None or before["status"] != "pending":
        return
    _end(tx, before, {"status": "paid"})


def fail(tx: Transaction, payout_id: str) -> None:
    """Fail a payout, even one that was paid: the amount returns to the balance."""
    before = tx.store.get("payout", payout_id)
    if before is None or before["status"] not in {"pending", "paid"}:
        return
    code, message = _FAILURE
    returned = balance_transactions.book_payout_failure(tx, before)
    changes: JsonObject = {
        "failure_balance_transaction": returned["id"],
        "failure_code": code,
        "failure_message": message,
        "status": "failed",
    }
    _end(tx, before, changes)


def _end(tx: Transaction, before: JsonObject, changes: JsonObject) -> None:
    """Change the status for good. Stripe then knows what an automatic payout contains."""
    payout = before | {"trace_id": {"status": "unsupported", "value": None}} | changes
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    tx.store.save(payout)
    emit(tx, "payout.updated", payout, before)
    emit(tx, f"payout.{payout['status']}", payout)
    if payout["reconciliation_status"] != before["reconciliation_status"]:
        emit(tx, "payout.reconciliation_completed", payout)


def retrieve(tx: Transaction, params: JsonObject, payout_id: str) -> JsonObject:
    del params
    return tx.find("payout", payout_id, in_path=True)


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("payout")
    found.equals("status", params.get("status"))
    found.equals("destination", params.get("destination"))
    found.compare("json_extract(body, '$.arrival_date')", params.get("arrival_date"))
    return list_objects(tx, found, params, "/v1/payouts")
