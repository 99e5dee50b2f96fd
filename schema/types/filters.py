"""Filter fields that several types share."""

from typing import Any

import strawberry
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from payments_graphql import people
from payments_graphql.models import StripeCustomer, StripePaymentIntent, get_booking_model
from payments_graphql.texts import is_storable

from ..engine.filters import AmountRange, Narrow, by_amount, by_id, narrowing


def _by_payment_intent(column: str) -> Narrow:
    return by_id("PaymentIntent", StripePaymentIntent, column)


def by_booking(column: str) -> Narrow:
    return by_id("Booking", get_booking_model(), column)


def username_filter(*, customer: str = "", user: str = "") -> Any:
    """The field `username` of a filter, by the column of the customer or of the user.

    Filters by customers if possible: lists are never joined to the user.
    """

    def narrow(rows: QuerySet[Any], username: str) -> QuerySet[Any]:
        field = get_user_model().USERNAME_FIELD
        users = people.list_all_users()
        found = users.filter(**{field: username}).first() if is_storable(username) else None
        if found is None:
            return rows.none()
        if user:
            return rows.filter(**{user: found.pk})
        return rows.filter(**{f"{customer}__in": StripeCustomer.objects.ids_for_user(found)})

    return narrowing(
        narrow,
        description="The username of the customer. For staff, together with `scope: ALL`.",
    )


@strawberry.input
class OfPaymentFilter:
    """The filter fields that refunds and disputes share."""

    payment_intent_id: strawberry.ID | None = narrowing(
        _by_payment_intent("payment_intent_id"), description="The `id` of the payment."
    )
    booking_id: strawberry.ID | None = narrowing(
        by_booking("payment_intent__booking_id"),
        description="The `id` of the booking that was paid.",
    )
    amount: AmountRange | None = narrowing(by_amount, description="The amount.")
    username: str | None = username_filter(customer="payment_intent__customer_id")
