"""Global ids into objects of the person who asks.

The one way from an id to an object: what is malformed, unknown or somebody else's is None for a
query and the same `NotFoundError` for a mutation.
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from strawberry.relay import GlobalID

from payments_graphql.errors import NotFoundError
from payments_graphql.models import (
    AbstractBooking,
    StripePaymentIntent,
    StripePaymentMethod,
    get_booking_model,
)


def find_payment_intent(user: AbstractBaseUser, global_id: str) -> StripePaymentIntent | None:
    own = StripePaymentIntent.objects.for_user(user).select_related("customer")
    return _find(own, global_id, "PaymentIntent")


def find_booking(user: AbstractBaseUser, global_id: str) -> AbstractBooking | None:
    return _find(get_booking_model().objects.for_user(user), global_id, "Booking")


def get_payment_intent(user: AbstractBaseUser, global_id: str) -> StripePaymentIntent:
    intent = find_payment_intent(user, global_id)
    if intent is None:
        raise NotFoundError("No such payment intent.", path=("paymentIntentId",))
    return intent


def get_booking(user: AbstractBaseUser, global_id: str) -> AbstractBooking:
    booking = find_booking(user, global_id)
    if booking is None:
        raise NotFoundError("No such booking.", path=("bookingId",))
    return booking


def get_payment_method(user: AbstractBaseUser, global_id: str) -> StripePaymentMethod:
    own = StripePaymentMethod.objects.for_user(user).select_related("customer")
    method = _find(own, global_id, "PaymentMethod")
    if method is None:
        raise NotFoundError("No such payment method.", path=("paymentMethodId",))
    return method


def parse_id(model: type[Model], global_id: str, type_name: str) -> Any:
    """The primary key within a global id, or None when it cannot be one of this type."""
    try:
        parsed = GlobalID.from_id(global_id)
        if parsed.type_name != type_name or "\0" in parsed.node_id:
            return None
        return model._meta.pk.to_python(parsed.node_id)
    except (ValueError, DjangoValidationError):
        return None


def _find[Row: Model](own: QuerySet[Row], global_id: str, type_name: str) -> Row | None:
    pk = parse_id(own.model, global_id, type_name)
    return None if pk is None else own.filter(pk=pk).first()
