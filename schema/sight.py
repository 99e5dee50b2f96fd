"""Whose rows are shown below the present field: those that its root field was asked for.

A booking may be paid by others than its user, as when it has moved, so that a relation can lead
from what is yours to what is not. What is somebody else's looks as if it did not exist there too,
unless the root field was asked with `scope: ALL`. Below a mutation it is what the policy lets the
person see. Everything is decided in Python, so that a prefetch serves.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from strawberry.types.graphql import OperationType

from payments_graphql.conf import conf
from payments_graphql.models import (
    AbstractBooking,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeSetupIntent,
    is_ours,
)

from .context import Info, get_user

__all__ = ["list_shown", "note_everybodys", "show_method", "show_of_payment", "shows"]


def note_everybodys(info: Info) -> None:
    """The present root field was asked with `scope: ALL`, and may be."""
    info.context.shown_to_all.add(_get_root(info))


def shows_everybodys(info: Info, model: type[Model]) -> bool:
    if info.operation.operation.value == OperationType.MUTATION.value:
        user, rules = get_user(info), conf.PAYMENTS_POLICY
        return rules.may_see_everything(user) and rules.may_see_everything(user, model)
    return _get_root(info) in info.context.shown_to_all


def shows(info: Info, row: Any) -> bool:
    """A booking, or what has a `customer`: may it be shown below the present field?"""
    if isinstance(row, AbstractBooking):
        is_own = row.user_id is not None and row.user_id == get_user(info).pk
    elif not is_ours(row):
        return False
    else:
        is_own = row.customer_id in _get_own_customers(info)
    return is_own or shows_everybodys(info, type(row))


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


def _get_root(info: Info) -> str:
    """The key in the answer of the root field that the present one is below."""
    path = info.path
    while path.prev is not None:
        path = path.prev
    return str(path.key)


def _get_own_customers(info: Info) -> frozenset[Any]:
    """With one statement in a request, and only where it is needed."""
    context = info.context
    if context.own_customers is None:
        ids = StripeCustomer.objects.ids_for_user(get_user(info))
        context.own_customers = frozenset(ids)
    return context.own_customers
