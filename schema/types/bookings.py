from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Manager, Prefetch, QuerySet
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
from ..engine.lists import LONGEST_LIST, list_field
from ..engine.nodes import Node, find_by_id
from ..engine.object_types import object_type
from ..engine.optional_texts import optional_text
from ..engine.prefetching import MakePrefetch
from ..engine.visibility import Scope, ScopeArgument, find_visible
from .customers import Customer
from .filters import username_filter
from .sight import list_shown

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


def fetch_payments(info: object) -> "Prefetch[str]":
    """Whose they are is a part of every sum of a booking."""
    return Prefetch("payment_intents", StripePaymentIntent.objects.select_related("customer"))


def fetch_payments_of_booking(info: object) -> "Prefetch[str]":
    """For what has a booking and reads the sums of it."""
    prefetch = fetch_payments(info)
    prefetch.add_prefix("booking")
    return prefetch


_SUMS: list[str | MakePrefetch] = [
    fetch_payments,
    "payment_intents__refunds",
    "payment_intents__disputes",
]
"""What each sum of a booking reads."""


@object_type(
    get_booking_model(),
    name="Booking",
    description="What is paid for: it names the price. Amounts are in the currency's major unit.",
    of_user=lambda user: list_all_bookings().for_user(user),
    of_everybody=list_all_bookings,
)
class Booking(Node):
    reference: str = strawberry_django.field(description="Its number, for people.")
    description: str | None = optional_text(description="What it is.")
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    canceled_at: datetime | None = strawberry_django.field(
        description="When it was canceled. A canceled booking cannot be paid."
    )
    created_at: datetime = strawberry_django.field(description="When it was made.")

    @strawberry_django.field(description="The price.")
    def amount(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        description="What was received for it, less what was given back or lost in disputes. Only "
        "payments in its currency and of its user count.",
        prefetch_related=_SUMS,
    )
    def amount_paid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_paid, root.currency)

    @strawberry_django.field(
        description="What is still to be paid: the price, less what was paid and what refunds took "
        "off the price. 0 once it is canceled.",
        prefetch_related=_SUMS,
    )
    def amount_due(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_due, root.currency)

    @strawberry_django.field(
        description="What was paid above what it costs, or although it was canceled. Without what "
        "is being refunded or an open dispute may take. Usually 0.",
        prefetch_related=_SUMS,
    )
    def amount_overpaid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_overpaid, root.currency)

    @strawberry_django.field(
        select_related=["user"], description="Its owner. Null after the user was deleted."
    )
    def customer(self, root: strawberry.Parent[AbstractBooking]) -> Customer | None:
        return root.user  # type: ignore[return-value]

    @strawberry_django.field(
        select_related=["user"],
        description="The username of its owner. Null after the user was deleted.",
    )
    def username(self, root: strawberry.Parent[AbstractBooking]) -> str | None:
        return None if root.user is None else root.user.get_username()

    @strawberry_django.field(
        description="The payments for it, newest first: yours, or with `scope: ALL` everybody's. "
        f"{LONGEST_LIST} at most; all are in the query `paymentIntents` with the filter "
        "`bookingId`.",
        prefetch_related=[fetch_payments],
    )
    def payment_intents(
        self, root: strawberry.Parent[AbstractBooking], info: Info
    ) -> list[Annotated["PaymentIntent", strawberry.lazy(".payment_intents")]]:
        return _list_payments(info, root)[:LONGEST_LIST]  # type: ignore[return-value]

    @strawberry_django.field(
        prefetch_related=[fetch_payments],
        description="Are there more than those in `paymentIntents`?",
    )
    def has_more_payment_intents(
        self, root: strawberry.Parent[AbstractBooking], info: Info
    ) -> bool:
        return len(_list_payments(info, root)) > LONGEST_LIST


def _list_payments(info: Info, booking: AbstractBooking) -> list[StripePaymentIntent]:
    """Those that Stripe has. Chosen here, not in the query, so that a prefetch serves."""
    intents: Manager[StripePaymentIntent] = booking.payment_intents  # type: ignore[attr-defined]
    accepted = [intent for intent in intents.all() if intent.stripe_payment_intent_id]
    return list_shown(info, accepted)


def _by_reference(rows: QuerySet[Any], reference: str) -> QuerySet[Any]:
    return rows.filter(reference=reference) if is_storable(reference) else rows.none()


@strawberry.input(description="Which bookings. What is left out does not narrow the list.")
class BookingFilter:
    reference: str | None = narrowing(
        _by_reference, description='With just this number: `"LIS-1"`.'
    )
    is_canceled: bool | None = narrowing(
        lambda rows, is_canceled: rows.filter(canceled_at__isnull=not is_canceled),
        description="True: only canceled bookings. False: only the others.",
    )
    created_at: TimeRange | None = narrowing(by_time, description="Made then.")
    amount: AmountRange | None = narrowing(by_amount, description="Of such a price.")
    username: str | None = username_filter(user="user_id")


@strawberry.type
class BookingQueries:
    @strawberry.field(description="One of your bookings, or null.")
    def booking(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The booking's `id`.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> Booking | None:
        booking: Booking | None = find_visible(info, Booking, id, scope)
        return booking

    bookings = list_field(Booking, BookingFilter, description="Your bookings, the newest first.")


def get_booking(user: AbstractBaseUser, global_id: str) -> AbstractBooking:
    """Your own, to pay for."""
    booking: AbstractBooking | None = find_by_id(
        list_all_bookings().for_user(user), Booking, global_id
    )
    if booking is None:
        raise NotFoundError(_("No such booking."), path=("bookingId",))
    return booking
