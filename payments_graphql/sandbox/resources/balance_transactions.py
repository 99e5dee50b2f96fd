"""Balance transactions and the balance.

https://docs.stripe.com/api/balance_transactions and https://docs.stripe.com/api/balance

Stripe's rules depend on the account's country and contract. These are the sandbox's:
- A card payment costs 2.9 % and 30 minor units of its currency. A refund doesn't return the fee.
  A dispute costs 1500 minor units, also if it is won.
- Payments are available two days later; everything else is available at once.
- Each currency settles in itself.
- A payout lowers the available balance at once, and costs nothing.
- Payments are booked at once, also with `capture_method=automatic_async`. Stripe books these
  later and sends `charge.updated`.
"""

from payments_graphql.sandbox.cards import find_by_number
from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.transaction import Transaction

_DISPUTE_FEE = 1500
_FIXED_FEE = 30
_PER_MILLE = 29
# Seconds until the amount of a payment is available.
_PENDING_TIME = 2 * 24 * 60 * 60


def book_charge(tx: Transaction, charge: JsonObject) -> JsonObject:
    """Add the captured amount, less the fee."""
    amount: int = charge["amount_captured"]
    card = find_by_number(charge["_number"])
    return _book(
        tx,
        charge,
        kind="charge",
        amount=amount,
        fee=_processing_fee(amount),
        fee_for="Stripe processing fees",
        description=charge["description"],
        available_on=tx.now if card.is_available_at_once else tx.now + _PENDING_TIME,
    )


def _processing_fee(amount: int) -> int:
    """Return 2.9 %, with halves rounded up, plus the fixed part."""
    return (amount * _PER_MILLE + 500) // 1000 + _FIXED_FEE


def book_refund(tx: Transaction, refund: JsonObject, charge: JsonObject) -> JsonObject:
    about = f" ({charge['description']})" if charge["description"] else ""
    return _book(
        tx,
        refund,
        kind="refund",
        amount=-refund["amount"],
        description=f"REFUND FOR CHARGE{about}",
    )


def book_refund_failure(tx: Transaction, refund: JsonObject) -> JsonObject:
    """Return the amount of a failed or canceled refund to the balance."""
    return _book(
        tx,
        refund,
        kind="refund_failure",
        amount=refund["amount"],
        description="REFUND FAILURE",
    )


def withdraw_dispute(tx: Transaction, dispute: JsonObject) -> JsonObject:
    """Withdraw the disputed amount and the fee."""
    return _book(
        tx,
        dispute,
        kind="adjustment",
        category="dispute",
        amount=-dispute["amount"],
        fee=_DISPUTE_FEE,
        fee_for="Dispute fee",
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )


def reinstate_dispute(tx: Transaction, dispute: JsonObject) -> JsonObject:
    """Reinstate the disputed amount, without the fee."""
    return _book(
        tx,
        dispute,
        kind="adjustment",
        category="dispute_reversal",
        amount=dispute["amount"],
        description=f"Chargeback reversal for {dispute['charge']}",
    )


def book_payout(tx: Transaction, payout: JsonObject, description: str) -> JsonObject:
    return _book(tx, payout, kind="payout", amount=-payout["amount"], description=description)


def book_payout_failure(tx: Transaction, payout: JsonObject) -> JsonObject:
    """Return the amount of a failed payout to the balance."""
    return _book(
        tx,
        payout,
        kind="payout_failure",
        amount=payout["amount"],
        description="PAYOUT FAILURE",
    )


def assign_available(tx: Transaction, payout: JsonObject) -> None:
    """Note what an automatic payout contains: everything available that no earlier one contains.
    That is the payout's own transaction, too."""
    tx.store.execute(
        "UPDATE objects SET body = json_set(body, '$._payout', ?) "
        "WHERE kind = 'balance_transaction' AND json_extract(body, '$._payout') IS NULL "
        "AND json_extract(body, '$.currency') = ? AND json_extract(body, '$.available_on') <= ?",
        payout["id"],
        payout["currency"],
        tx.now,
    )


def _book(
    tx: Transaction,
    source: JsonObject,
    *,
    kind: str,
    amount: int,
    description: str | None,
    category: str | None = None,
    fee: int = 0,
    fee_for: str = "",
    available_on: int | None = None,
) -> JsonObject:
    currency = source["currency"]
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_for,
        "type": "stripe_fee",
    }
    transaction: JsonObject = {
        "id": tx.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": tx.now if available_on is None else available_on,
        "balance_type": "payments",
        "created": tx.now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [details] if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
    tx.store.insert("balance_transaction", transaction)
    return transaction


def as_of_now(store: Store, transaction: JsonObject) -> JsonObject:
    """Return the transaction with the status that it has at this time."""
    status = "available" if transaction["available_on"] <= store.now() else "pending"
    return transaction | {"status": status}


def retrieve(tx: Transaction, params: JsonObject, transaction_id: str) -> JsonObject:
    del params
    return as_of_now(tx.store, tx.find("balance_transaction", transaction_id, in_path=True))


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("balance_transaction")
    for name in ("currency", "source", "type"):
        found.equals(name, params.get(name))
    if params.get("payout"):
        payout = tx.find("payout", params["payout"], param="payout")
        if not payout["automatic"]:
            raise ApiError(
                "Balance transaction history can only be filtered on automatic transfers, not "
                "manual."
            )
        found.equals("_payout", payout["id"])
    page = list_objects(tx, found, params, "/v1/balance_transactions")
    page["data"] = [as_of_now(tx.store, transaction) for transaction in page["data"]]
    return page


def _sum(tx: Transaction) -> dict[tuple[str, bool], int]:
    """Return the net sums by currency, and by whether they are available."""
    rows = tx.store.all(
        "SELECT json_extract(body, '$.currency') AS currency, "
        "json_extract(body, '$.available_on') <= ? AS is_available, "
        "sum(json_extract(body, '$.net')) AS net FROM objects "
        "WHERE kind = 'balance_transaction' GROUP BY 1, 2",
        tx.now,
    )
    return {(row["currency"], bool(row["is_available"])): row["net"] for row in rows}


def sum_available(tx: Transaction) -> dict[str, int]:
    return {currency: net for (currency, is_available), net in _sum(tx).items() if is_available}


def retrieve_balance(tx: Transaction, params: JsonObject) -> JsonObject:
    """Return the sums of available and of pending transactions, per currency."""
    del params
    sums = _sum(tx)
    currencies = sorted({currency for currency, _ in sums} or {"usd"})

    def amounts(*, is_available: bool) -> list[JsonObject]:
        return [
            {"amount": net, "currency": currency, "source_types": {"card": net}}
            for currency in currencies
            for net in (sums.get((currency, is_available), 0),)
        ]

    return {
        "object": "balance",
        "available": amounts(is_available=True),
        "livemode": False,
        "pending": amounts(is_available=False),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }
