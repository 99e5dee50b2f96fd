from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
import strawberry_django
from django.db.models import Manager
from strawberry import relay

from payments_graphql import money
from payments_graphql.models import AbstractBooking, StripePaymentIntent, get_booking_model

from .context import Info, get_user
from .ownership import find_booking
from .pagination import After, Before, Connection, First, Last, Page, paginate
from .prefetching import prefetch

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


@strawberry_django.type(
    get_booking_model(),
    name="Booking",
    description="What is paid for: it names the price. Amounts are in the currency's major unit.",
)
class Booking(relay.Node):
    # Otherwise relay reads the class's annotations anew for every id.
    _id_attr: ClassVar[str | None] = "pk"

    reference: str = strawberry_django.field(description="Its number, for people.")
    description: str = strawberry_django.field(description="What it is.")
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    canceled_at: datetime | None = strawberry_django.field(
        description="When it was called off; it can then no longer be paid."
    )
    created_at: datetime = strawberry_django.field(description="When it was made.")

    @strawberry_django.field(description="The price.")
    def amount(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(description="What was received for it, less what was given back.")
    def amount_paid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_paid, root.currency)

    @strawberry_django.field(description="What is still to be paid; 0 once it is canceled.")
    def amount_due(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_due, root.currency)

    @strawberry_django.field(
        description="What was paid above the price, or in spite of its being canceled, and is not "
        "being refunded yet. Mostly 0."
    )
    def amount_overpaid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_overpaid, root.currency)

    @strawberry_django.field(description="The payments for it, newest first.")
    def payment_intents(
        self, root: strawberry.Parent[AbstractBooking]
    ) -> list[Annotated["PaymentIntent", strawberry.lazy(".payment_intents")]]:
        # Chosen here, not in the query, so that a prefetch serves.
        intents: Manager[StripePaymentIntent] = root.payment_intents  # type: ignore[attr-defined]
        return [intent for intent in intents.all() if intent.stripe_payment_intent_id]  # type: ignore[misc]


@strawberry.type
class BookingQueries:
    @strawberry.field(description="One of your bookings, or null.")
    def booking(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The booking's `id`.")],
    ) -> Booking | None:
        booking: Booking | None = find_booking(get_user(info), id)  # type: ignore[assignment]
        return booking

    @strawberry.field(description="Your bookings, newest first.")
    def bookings(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Booking]:
        own = get_booking_model().objects.for_user(get_user(info))
        return paginate(prefetch(own, info, "Booking"), Page(first, after, last, before))
