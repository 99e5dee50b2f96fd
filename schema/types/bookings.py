from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from payments_graphql import money
from payments_graphql.errors import NotFoundError
from payments_graphql.models import (
    AbstractBooking,
    StripePaymentIntent,
    get_booking_model,
    list_all_bookings,
)
from payments_graphql.texts import is_storable

from ..engine.context import Info
from ..engine.filters import AmountRange, TimeRange, by_amount, by_time, narrowing
from ..engine.kept_children import list_related
from ..engine.lists import LONGEST_LIST, list_field
from ..engine.nodes import Node, find_by_id
from ..engine.object_types import as_type, object_type
from ..engine.optional_texts import optional_text
from ..engine.prefetching import MakePrefetch
from ..engine.visibility import Scope, ScopeArgument, find_shown
from .customers import Customer
from .filters import username_filter
from .sight import list_shown

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


def fetch_payments(info: object) -> "Prefetch[str]":
    """Includes the customer: the sums of a booking depend on who paid."""
    return Prefetch("payment_intents", StripePaymentIntent.objects.select_related("customer"))


def fetch_payments_of_booking(info: object) -> "Prefetch[str]":
    """For a type that has a booking and reads its sums."""
    prefetch = fetch_payments(info)
    prefetch.add_prefix("booking")
    return prefetch


_SUMS: list[str | MakePrefetch] = [
    fetch_payments,
    "payment_intents__refunds",
    "payment_intents__disputes",
]
"""What the sums of a booking read."""


@object_type(
    get_booking_model(),
    name="Booking",
    description="Something that a customer pays for, such as a trip. The booking sets the price. "
    "Amounts are in the major unit of the currency.",
    of_user=lambda user: list_all_bookings().for_user(user),
    of_everybody=list_all_bookings,
)
class Booking(Node):
    reference: str = strawberry_django.field(description="The booking number, for people.")
    description: str | None = optional_text(description="The description of the booking.")
    currency: str = strawberry_django.field(
        description="The currency's upper-case code, such as `USD`."
    )
    canceled_at: datetime | None = strawberry_django.field(
        description="When the booking was canceled. A canceled booking cannot be paid. Null if it "
        "was not canceled."
    )
    created_at: datetime = strawberry_django.field(description="When the booking was created.")

    @strawberry_django.field(only=["amount", "currency"], description="The price.")
    def amount(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        description="The amount paid, less refunds and lost disputes. Only payments by the "
        "booking's owner and in its currency count.",
        prefetch_related=_SUMS,
    )
    def amount_paid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_paid, root.currency)

    @strawberry_django.field(
        description="The amount still to be paid: the price, less the amount paid and less "
        "refunds that reduced the price. 0 if the booking is canceled.",
        prefetch_related=_SUMS,
    )
    def amount_due(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_due, root.currency)

    @strawberry_django.field(
        description="The amount paid above the price, or for a canceled booking. Excludes money "
        "that is being refunded or that an open dispute may take. Usually 0.",
        prefetch_related=_SUMS,
    )
    def amount_overpaid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_overpaid, root.currency)

    @strawberry_django.field(
        select_related=["user"],
        description="The owner of the booking. Null if the user was deleted.",
    )
    def customer(self, root: strawberry.Parent[AbstractBooking]) -> Customer | None:
        return as_type(root.user)

    @strawberry_django.field(
        select_related=["user"],
        description="The username of the owner. Null if the user was deleted.",
    )
    def username(self, root: strawberry.Parent[AbstractBooking]) -> str | None:
        return None if root.user is None else root.user.get_username()

    @strawberry_django.field(
        description=f"The payments for the booking, newest first, at most {LONGEST_LIST}: yours, "
        "or with `scope: ALL` everyone's. For all payments, use the query `paymentIntents` with "
        "the filter `bookingId`.",
        prefetch_related=[fetch_payments],
    )
    def payment_intents(
        self, root: strawberry.Parent[AbstractBooking], info: Info
    ) -> list[Annotated["PaymentIntent", strawberry.lazy(".payment_intents")]]:
        return as_type(_list_payments(info, root)[:LONGEST_LIST])

    @strawberry_django.field(
        prefetch_related=[fetch_payments],
        description="Whether there are more payments than `paymentIntents` returns.",
    )
    def has_more_payment_intents(
        self, root: strawberry.Parent[AbstractBooking], info: Info
    ) -> bool:
        return len(_list_payments(info, root)) > LONGEST_LIST


def _list_payments(info: Info, booking: AbstractBooking) -> list[StripePaymentIntent]:
    """The payments that Stripe has accepted. Filtered in Python, so that a prefetch can be used."""
    intents = list_related(booking, "payment_intents")
    accepted = [intent for intent in intents if intent.stripe_payment_intent_id]
    return list_shown(info, accepted)


def _by_reference(rows: QuerySet[Any], reference: str) -> QuerySet[Any]:
    return rows.filter(reference=reference) if is_storable(reference) else rows.none()


@strawberry.input(
    description="A filter for bookings. Returns the bookings that match all given fields."
)
class BookingFilter:
    reference: str | None = narrowing(
        _by_reference, description='The exact booking number: `"LIS-1"`.'
    )
    is_canceled: bool | None = narrowing(
        lambda rows, is_canceled: rows.filter(canceled_at__isnull=not is_canceled),
        description="Whether the booking is canceled.",
    )
    created_at: TimeRange | None = narrowing(by_time, description="When the booking was created.")
    amount: AmountRange | None = narrowing(by_amount, description="The price of the booking.")
    username: str | None = username_filter(user="user_id")


@strawberry.type
class BookingQueries:
    @strawberry.field(
        description="Returns a booking by its `id`. Null if you have no such booking."
    )
    def booking(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of the booking.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> Booking | None:
        booking: Booking | None = find_shown(info, Booking, id, scope)
        return booking

    bookings = list_field(
        Booking, BookingFilter, description="Returns your bookings, newest first."
    )


def get_booking(user: AbstractBaseUser, global_id: str) -> AbstractBooking:
    """Your own booking, to pay for it."""
    booking: AbstractBooking | None = find_by_id(
        list_all_bookings().for_user(user), Booking, global_id
    )
    if booking is None:
        raise NotFoundError(_("There is no such booking."), path=("bookingId",))
    return booking
