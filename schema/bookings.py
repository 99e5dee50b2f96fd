from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Manager, QuerySet

from payments_graphql import money
from payments_graphql.models import AbstractBooking, StripePaymentIntent, get_booking_model
from payments_graphql.texts import is_storable

from .context import Info
from .filters import OF_USERNAME, AmountRange, TimeRange, of_username, within_amount, within_time
from .nodes import Node
from .pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    ListOrder,
    OrderBy,
    Page,
    paginate,
)
from .sight import list_shown
from .visibility import Scope, ScopeArgument, find_visible, list_visible

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


@strawberry_django.type(
    get_booking_model(),
    name="Booking",
    description="What is paid for: it names the price. Amounts are in the currency's major unit.",
)
class Booking(Node):
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

    @strawberry_django.field(
        description="What was received for it, less what was given back or lost in disputes. Only "
        "payments in its currency and of its user count."
    )
    def amount_paid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_paid, root.currency)

    @strawberry_django.field(
        description="What is still to be paid: the price, less what was paid and what refunds took "
        "off the price. 0 once it is canceled."
    )
    def amount_due(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_due, root.currency)

    @strawberry_django.field(
        description="What was paid above what it costs, or although it was canceled. Without what "
        "is being refunded or an open dispute may take. Usually 0."
    )
    def amount_overpaid(self, root: strawberry.Parent[AbstractBooking]) -> Decimal:
        return money.to_decimal(root.amount_overpaid, root.currency)

    @strawberry_django.field(
        description="Whose it is, by the name to sign in with. Empty once the user was deleted."
    )
    def username(self, root: strawberry.Parent[AbstractBooking]) -> str:
        return "" if root.user is None else root.user.get_username()

    @strawberry_django.field(
        description="The payments for it, newest first: yours, or with `scope: ALL` everybody's."
    )
    def payment_intents(
        self, root: strawberry.Parent[AbstractBooking], info: Info
    ) -> list[Annotated["PaymentIntent", strawberry.lazy(".payment_intents")]]:
        # Chosen here, not in the query, so that a prefetch serves.
        intents: Manager[StripePaymentIntent] = root.payment_intents  # type: ignore[attr-defined]
        accepted = [intent for intent in intents.all() if intent.stripe_payment_intent_id]
        return list_shown(info, accepted)  # type: ignore[return-value]


@strawberry.input(description="Which bookings. What is left out does not narrow the list.")
class BookingFilter:
    reference: str | None = strawberry.field(
        default=None, description='With just this number: `"LIS-1"`.'
    )
    is_canceled: bool | None = strawberry.field(
        default=None, description="True: only those called off. False: only the others."
    )
    created_at: TimeRange | None = strawberry.field(default=None, description="Made then.")
    amount: AmountRange | None = strawberry.field(default=None, description="Of such a price.")
    username: str | None = strawberry.field(default=None, description=OF_USERNAME)


@strawberry.type
class BookingQueries:
    @strawberry.field(description="One of your bookings, or null.")
    def booking(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The booking's `id`.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> Booking | None:
        booking: Booking | None = find_visible(info, "Booking", id, scope)
        return booking

    @strawberry.field(description="Your bookings, the newest first.")
    def bookings(
        self,
        info: Info,
        filter: Annotated[
            BookingFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        order_by: OrderBy = ListOrder.CREATED_AT_DESC,
        scope: ScopeArgument = Scope.OWN,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Booking]:
        rows = list_visible(info, "Booking", scope)
        if filter is not None:
            rows = _narrow(rows, filter)
        return paginate(rows, Page(first, after, last, before, order_by))


def _narrow(rows: QuerySet[Any], filter: BookingFilter) -> QuerySet[Any]:
    if filter.reference is not None:
        is_one = is_storable(filter.reference)
        rows = rows.filter(reference=filter.reference) if is_one else rows.none()
    if filter.is_canceled is not None:
        rows = rows.filter(canceled_at__isnull=not filter.is_canceled)
    rows = within_time(rows, filter.created_at)
    rows = within_amount(rows, filter.amount)
    return of_username(rows, filter.username, user_column="user_id")
