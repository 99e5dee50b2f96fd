from typing import Annotated

import strawberry

from payments_graphql.models import PaymentIntentStatus, StripePaymentIntent, get_or_none
from payments_graphql.texts import is_storable

from ..engine.context import Info
from ..engine.filters import AmountRange, TimeRange, by_amount, by_status, by_time, narrowing
from ..engine.lists import list_field
from ..engine.object_types import as_type
from ..engine.visibility import Scope, ScopeArgument, find_shown, list_visible
from .filters import by_booking, username_filter
from .payment_intents import PaymentIntent


@strawberry.input(one_of=True, description="Identifies a payment by one of its ids.")
class PaymentIntentBy:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The `id` of the payment."
    )
    stripe_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The id at Stripe: `pi_...`."
    )


@strawberry.input(
    description="A filter for payments. Returns the payments that match all given fields."
)
class PaymentIntentFilter:
    status: list[PaymentIntentStatus] | None = narrowing(
        by_status, description="The status is one of these: `[SUCCEEDED, REQUIRES_CAPTURE]`."
    )
    booking_id: strawberry.ID | None = narrowing(
        by_booking("booking_id"), description="The `id` of the booking."
    )
    created_at: TimeRange | None = narrowing(by_time, description="When the payment was created.")
    amount: AmountRange | None = narrowing(by_amount, description="The amount of the payment.")
    username: str | None = username_filter(customer="customer_id")


@strawberry.type
class PaymentIntentQueries:
    @strawberry.field(description="Returns a payment. Null if you have no such payment.")
    def payment_intent(
        self,
        info: Info,
        by: Annotated[PaymentIntentBy, strawberry.argument(description="The id of the payment.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> PaymentIntent | None:
        found: StripePaymentIntent | None = None
        if by.id:
            found = find_shown(info, PaymentIntent, by.id, scope)
        else:
            rows = list_visible(info, PaymentIntent, scope)
            if by.stripe_id and is_storable(by.stripe_id):
                found = get_or_none(rows.filter(stripe_payment_intent_id=by.stripe_id))
        return as_type(found)

    payment_intents = list_field(
        PaymentIntent, PaymentIntentFilter, description="Returns your payments, newest first."
    )
