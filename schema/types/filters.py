"""What several types are narrowed by: whose they are, and what they are a part of."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from payments_graphql.models import StripeCustomer, StripePaymentIntent, get_booking_model
from payments_graphql.texts import is_storable

from ..engine.filters import Narrow, by_id, narrowing


def by_payment_intent(column: str) -> Narrow:
    return by_id("PaymentIntent", StripePaymentIntent, column)


def by_booking(column: str) -> Narrow:
    return by_id("Booking", get_booking_model(), column)


def username_filter(*, customer: str = "", user: str = "") -> Any:
    """The field `username` of a filter, by the column of the customer, or by that of the user.

    By the customers where there are any: lists are never joined to the user.
    """

    def narrow(rows: QuerySet[Any], username: str) -> QuerySet[Any]:
        users: Any = get_user_model()._default_manager
        field = get_user_model().USERNAME_FIELD
        found = users.filter(**{field: username}).first() if is_storable(username) else None
        if found is None:
            return rows.none()
        if user:
            return rows.filter(**{user: found.pk})
        return rows.filter(**{f"{customer}__in": StripeCustomer.objects.ids_for_user(found)})

    return narrowing(
        narrow,
        description="Of this user, by the name to sign in with. For staff, with `scope: ALL`: your "
        "own are yours anyway.",
    )
