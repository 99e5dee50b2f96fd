"""Which rows are of the mode and the Stripe account of our key. Nothing else decides it.

Note [One mode, one account]
A customer, a payment, a saved card, an event and an idempotency key belong to one account of
Stripe's and to one mode, test or live. Each of our rows says which, and a row of another mode or
account is never listed, added up, replayed or acted on: it looks as if it did not exist, and comes
back with its key. Only the admin shows others, to those who ask for them by its filter.
"""

from typing import Any, Protocol, Self

from django.db import models
from django.db.models import Q

from ..conf import conf
from .stripe_account import get_account


class OfOneAccount(Protocol):
    livemode: Any
    account: Any


class OursQuerySet[Row: models.Model](models.QuerySet[Row]):
    def ours(self) -> Self:
        """Raises `ProviderError` while it is not known which account is ours."""
        return self.filter(**our_values())


def get_livemode() -> bool:
    return conf.livemode


def our_values(prefix: str = "") -> dict[str, Any]:
    """For a new row, or to filter by: with `prefix` those that `payment_intent__` leads to."""
    return {f"{prefix}livemode": conf.livemode, f"{prefix}account": get_account()}


def of_ours(*prefixes: str) -> Q:
    """Rows of which one of these relations leads to a row of ours."""
    found = Q()
    for prefix in prefixes:
        found |= Q(**our_values(prefix))
    return found


def is_ours(row: OfOneAccount) -> bool:
    return bool(row.livemode == conf.livemode and row.account == get_account())
