"""Decides whose rows are shown below the current field.

Other users can pay for a booking, for example before it moved, so a relation can lead from your
object to another user's. Such an object looks as if it did not exist, unless the root field has
`scope: ALL`. In a mutation, the policy decides. All checks run in Python, so that a prefetch can be
used.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from payments_graphql.models import (
    AbstractBooking,
    StatusChange,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeSetupIntent,
    is_ours,
)

from ..engine.context import Info, get_user
from ..engine.own_customers import get_own_customers, get_user_pk
from ..engine.visibility import refuse_to_show_others, shows_everybodys


def is_own(user: AbstractBaseUser, intent: StripePaymentIntent | StripeSetupIntent) -> bool:
    return user.pk is not None and bool(intent.customer.user_id == user.pk)


def refuse_to_show(info: Info, intent: StripePaymentIntent) -> None:
    """For a mutation on `intent`, or on a refund or dispute of it, before anything is done: see
    `refuse_to_show_others`."""
    if not is_own(get_user(info), intent):
        refuse_to_show_others(info)


def shows(info: Info, row: Any) -> bool:
    """Whether a booking, or a row with a `customer`, may be shown below the current field."""
    if isinstance(row, AbstractBooking):
        is_the_callers = row.user_id is not None and row.user_id == get_user_pk(info)
    elif not is_ours(row):
        return False
    else:
        is_the_callers = row.customer_id in get_own_customers(info)
    return is_the_callers or shows_everybodys(info, type(row))


def list_shown[Row: Model](info: Info, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if shows(info, row)]


def show_method(
    info: Info, intent: StripePaymentIntent | StripeSetupIntent
) -> StripePaymentMethod | None:
    """The payment method, if it belongs to the customer of the intent. Runs no SQL."""
    method = intent.payment_method
    if method is None or method.customer_id == intent.customer_id:
        return method
    return method if shows_everybodys(info, StripePaymentMethod) else None


def show_of_payment(info: Info, change: StatusChange, row: Any) -> Any:
    """The changed refund or dispute, if it belongs to the payment of the change."""
    if row is None or row.payment_intent_id == change.payment_intent_id:
        return row
    return row if shows_everybodys(info, type(row)) else None
