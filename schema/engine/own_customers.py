"""The caller's primary key and own customers, read once per request."""

from dataclasses import dataclass
from typing import Any

from payments_graphql.models.customer import StripeCustomer

from .context import Info, get_context, get_user


@dataclass
class _Own:
    user_pk: Any = None
    customers: list[Any] | None = None


def get_user_pk(info: Info) -> Any:
    """Kept, since each row of a page is compared with it, and the request's user is slow to ask."""
    own = get_context(info).get_part(_Own)
    if own.user_pk is None:
        own.user_pk = get_user(info).pk
    return own.user_pk


def get_own_customers(info: Info) -> list[Any]:
    """Their primary keys, of our mode and account."""
    own = get_context(info).get_part(_Own)
    if own.customers is None:
        own.customers = StripeCustomer.objects.ids_for_user(get_user(info))
    return own.customers
