"""Which rows belong to the mode and the Stripe account of our key.

Note [One mode, one account]
A customer, a payment, a saved card, an event and an idempotency key belong to one Stripe account
and to one mode, test or live. Each of our rows stores both. A row of another mode or account is
never listed, added up, replayed or changed: it looks as if it did not exist, and reappears when its
key is used again. Only the admin shows such rows, to those who select them with its filter.
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
        """Raises `ProviderError` while our account is unknown."""
        return self.filter(**our_values())


def get_livemode() -> bool:
    return conf.livemode


def our_values(prefix: str = "") -> dict[str, Any]:
    """Values for a new row or a filter. `prefix` is a relation, such as `payment_intent__`."""
    return {f"{prefix}livemode": conf.livemode, f"{prefix}account": get_account()}


def of_ours(*prefixes: str) -> Q:
    """Rows of which one of these relations leads to a row of ours."""
    found = Q()
    for prefix in prefixes:
        found |= Q(**our_values(prefix))
    return found


def is_ours(row: OfOneAccount) -> bool:
    return bool(row.livemode == conf.livemode and row.account == get_account())


def list_modes(model: type[models.Model]) -> list[tuple[str, bool]]:
    """The accounts and modes, as `livemode`, that the model's rows can have. Needs an index that
    begins with the account: DISTINCT would read it from end to end."""
    rows = model._default_manager.exclude(account="").order_by("account")
    accounts = []
    account = rows.values_list("account", flat=True).first()
    while account is not None:
        accounts.append(account)
        later = rows.filter(account__gt=account)
        account = later.values_list("account", flat=True).first()
    return [(account, livemode) for account in accounts for livemode in (False, True)]
