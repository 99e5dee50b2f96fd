"""The caller's own customers, read once per request."""

from dataclasses import dataclass
from typing import Any

from payments_graphql.models.customer import StripeCustomer

from .context import Info, get_context, get_user


@dataclass
class _OwnCustomers:
    ids: list[Any] | None = None


def get_own_customers(info: Info) -> list[Any]:
    """Their primary keys, of our mode and account."""
    own = get_context(info).get_part(_OwnCustomers)
    if own.ids is None:
        own.ids = StripeCustomer.objects.ids_for_user(get_user(info))
    return own.ids
