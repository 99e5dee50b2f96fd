"""The refund as a type, and its query. Its mutations are in `refund_mutations`."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from payments_graphql import money
from payments_graphql.models import RefundReason, RefundStatus, StripeRefund

from ..engine.enums import describe_enum
from ..engine.filters import TimeRange, by_status, by_time, narrowing
from ..engine.lists import list_field
from ..engine.nodes import Node
from ..engine.object_types import object_type
from ..engine.optional_texts import optional_text
from .filters import OfPaymentFilter
from .history import has_more_history_field, history_field

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


describe_enum(
    RefundStatus,
    "Where a refund stands. It can fail after it has succeeded.",
    {
        "PENDING": "Under way.",
        "REQUIRES_ACTION": "The customer must do something to receive it.",
        "SUCCEEDED": "The money was given back.",
        "FAILED": "The bank refused it; the money is available again.",
        "CANCELED": "It was canceled.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)
describe_enum(
    RefundReason,
    "Why money is given back, as Stripe records it.",
    {
        "DUPLICATE": "The customer paid twice.",
        "FRAUDULENT": "The payment was fraud; Stripe then blocks the card.",
        "REQUESTED_BY_CUSTOMER": "The customer asked for it.",
    },
)


@object_type(
    StripeRefund,
    name="Refund",
    description="Money given back.",
    of_user=StripeRefund.objects.for_user,
    of_everybody=lambda: StripeRefund.objects.ours().accepted(),
    needed_to_act={"id", "status", "amount", "currency"},
)
class Refund(Node):
    stripe_refund_id: str = strawberry_django.field(description="Its id at Stripe: `re_...`.")
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    status: RefundStatus = strawberry_django.field(description="Where it stands.")
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    description: str | None = optional_text(description="Your own words about it.")
    failure_reason: str | None = optional_text(
        description="Why the bank refused it; null unless it failed."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(
            select_related=["payment_intent"], description="The payment that it gives back."
        )
    )
    created_at: datetime = strawberry_django.field(description="When it was asked for.")
    updated_at: datetime = strawberry_django.field(description="When it last changed here.")

    @strawberry_django.field(description="How much, in the currency's major unit.")
    def amount(self, root: strawberry.Parent[StripeRefund]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        description="Does the booking cost less by it? If not, the customer owes the amount again, "
        "unless it was overpaid."
    )
    def reduces_amount_due(self, root: strawberry.Parent[StripeRefund]) -> bool:
        return root.reduces_amount_due

    @strawberry_django.field(
        description="By how much the booking costs less once the refund has succeeded: its amount, "
        "less what was overpaid. 0 unless `reducesAmountDue`."
    )
    def amount_due_reduction(self, root: strawberry.Parent[StripeRefund]) -> Decimal:
        return money.to_decimal(root.amount_due_reduction, root.currency)

    @strawberry_django.field(description="Why, as Stripe records it.")
    def reason(self, root: strawberry.Parent[StripeRefund]) -> RefundReason | None:
        return RefundReason(root.reason) if root.reason in RefundReason.values else None

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(description="Which refunds. What is left out does not narrow the list.")
class RefundFilter(OfPaymentFilter):
    status: list[RefundStatus] | None = narrowing(
        by_status, description="In one of these states: `[PENDING, FAILED]`."
    )
    created_at: TimeRange | None = narrowing(by_time, description="Asked for then.")


@strawberry.type
class RefundQueries:
    refunds = list_field(Refund, RefundFilter, description="Your refunds, the newest first.")
