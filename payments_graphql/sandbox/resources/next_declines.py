"""Declines the next card charge of a payment, a saved card or a customer, on request.

Stripe can't do that. Here it shows what a decline does without changing the card.
"""

from payments_graphql.sandbox.cards import DECLINES, Decline
from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.transaction import Transaction

FIELD = "_next_decline"


def request(tx: Transaction, subject: JsonObject, decline_code: str) -> None:
    """Decline the next charge with this code; a later request replaces an earlier one."""
    if decline_code not in DECLINES:
        raise InvalidParameterError(
            f"decline_code must be one of {', '.join(DECLINES)}.", param="decline_code"
        )
    tx.store.save(subject | {FIELD: decline_code})


def take(tx: Transaction, intent: JsonObject, method: JsonObject) -> Decline | None:
    """Return the decline that was requested for this charge, and forget it.

    The caller saves the intent.
    """
    code: str | None = intent.pop(FIELD, None)
    customer = tx.store.get("customer", intent["customer"] or "")
    for subject in (method, customer):
        if code is None and subject is not None and FIELD in subject:
            code = subject.pop(FIELD)
            tx.store.save(subject)
    return None if code is None else DECLINES[code]
