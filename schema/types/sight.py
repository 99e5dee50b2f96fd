"""Whose rows are shown below the present field: those that its root field was asked for.

A booking may be paid by others than its user, as when it has moved, so that a relation can lead
from what is yours to what is not. What is somebody else's looks as if it did not exist there too,
unless the root field was asked with `scope: ALL`. Below a mutation it is what the policy lets the
person see. Everything is decided in Python, so that a prefetch serves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from payments_graphql.models import (
    AbstractBooking,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeSetupIntent,
    is_ours,
)

from ..engine.context import Info, get_context, get_user
from ..engine.visibility import refuse_to_show_others, shows_everybodys


@dataclass
class _OwnCustomers:
    """Read with one statement in a request, and only where they are needed."""

    ids: frozenset[Any] | None = None


def is_own(user: AbstractBaseUser, intent: StripePaymentIntent | StripeSetupIntent) -> bool:
    return user.pk is not None and bool(intent.customer.user_id == user.pk)


def refuse_to_show(info: Info, intent: StripePaymentIntent) -> None:
    """In a mutation on `intent`, or a refund or dispute of it, before anything is done: see
    `refuse_to_show_others`."""
    if not is_own(get_user(info), intent):
        refuse_to_show_others(info)


def shows(info: Info, row: Any) -> bool:
    """A booking, or what has a `customer`: may it be shown below the present field?"""
    if isinstance(row, AbstractBooking):
        is_the_callers = row.user_id is not None and row.user_id == get_user(info).pk
    elif not is_ours(row):
        return False
    else:
        is_the_callers = row.customer_id in _get_own_customers(info)
    return is_the_callers or shows_everybodys(info, type(row))


def list_shown[Row: Model](info: Info, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if shows(info, row)]


def show_method(
    info: Info, intent: StripePaymentIntent | StripeSetupIntent
) -> StripePaymentMethod | None:
    """The intent's, where it is its customer's. Without a statement of its own."""
    method = intent.payment_method
    if method is None or method.customer_id == intent.customer_id:
        return method
    return method if shows_everybodys(info, StripePaymentMethod) else None


def show_of_payment(info: Info, change: StatusChange, row: Any) -> Any:
    """The refund or dispute whose status changed, where it is of the payment that it is told of."""
    if row is None or row.payment_intent_id == change.payment_intent_id:
        return row
    return row if shows_everybodys(info, type(row)) else None


def _get_own_customers(info: Info) -> frozenset[Any]:
    own = get_context(info).get_part(_OwnCustomers)
    if own.ids is None:
        own.ids = frozenset(StripeCustomer.objects.ids_for_user(get_user(info)))
    return own.ids
