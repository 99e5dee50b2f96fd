"""What Stripe charged for payments. No webhook says it: it is read from the balance."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from .. import stripe_client
from ..models import is_ours
from .payment_intents import lock_payment_intent, read_fee
from .reading import iterate_list
from .rows import find_differences, get_id, write

__all__ = ["fetch_fees"]

_TYPES = ("charge", "payment")
"""A payment is what Stripe calls the charge of a bank debit.
https://docs.stripe.com/reports/balance-transaction-types"""


def fetch_fees(since: datetime) -> int:
    """Reads the balance transactions since then, and returns how many payments got their fee.

    Call only outside of transactions. Raises `StripeCallError`, also if a restricted key may not
    read the balance.
    """
    found = 0
    for kind in _TYPES:
        page = {"type": kind, "created": {"gte": int(since.timestamp())}, "expand": ["data.source"]}
        for moved, _answer in iterate_list(stripe_client.list_balance_transactions, page):
            found += _apply(moved)
    return found


def _apply(moved: Mapping[str, Any]) -> bool:
    charge = moved.get("source")
    if not isinstance(charge, Mapping) or not charge.get("payment_intent"):
        return False
    with transaction.atomic():
        row = lock_payment_intent(get_id(charge["payment_intent"]))
        if row is None or row.as_of is None or not is_ours(row):
            return False
        differences = find_differences(row, read_fee(moved))
        if differences:
            # Updates of the payment itself are ordered by their own times, so keep those.
            write(row, differences, as_of=row.as_of, earliest=row.as_of_earliest)
    return bool(differences)
