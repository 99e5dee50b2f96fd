"""The refund type and its query. Its mutations are in `refund_mutations`."""

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
    "The status of a refund. A refund can fail after it has succeeded.",
    {
        "PENDING": "The refund is in progress.",
        "REQUIRES_ACTION": "The customer must act to receive the money.",
        "SUCCEEDED": "The refund succeeded.",
        "FAILED": "The bank rejected the refund. The money was returned to the site.",
        "CANCELED": "The refund was canceled.",
        "UNKNOWN": "A status that Stripe added after this version was released.",
    },
)
describe_enum(
    RefundReason,
    "Why a payment is refunded, recorded at Stripe.",
    {
        "DUPLICATE": "The customer paid twice.",
        "FRAUDULENT": "The payment was fraudulent. Stripe blocks the card.",
        "REQUESTED_BY_CUSTOMER": "The customer asked for the refund.",
    },
)


@object_type(
    StripeRefund,
    name="Refund",
    description="A refund of a payment, in full or in part.",
    of_user=StripeRefund.objects.for_user,
    of_customers=StripeRefund.objects.of_customers,
    of_everybody=lambda: StripeRefund.objects.ours().accepted(),
    needed_to_act={"id", "status", "amount", "currency"},
)
class Refund(Node):
    stripe_refund_id: str = strawberry_django.field(description="The id at Stripe: `re_...`.")
    livemode: bool = strawberry_django.field(
        description="Whether the object exists in Stripe's live mode. False in test mode."
    )
    status: RefundStatus = strawberry_django.field(description="The status of the refund.")
    currency: str = strawberry_django.field(
        description="The currency's upper-case code, such as `USD`."
    )
    description: str | None = optional_text(description="The note about the refund.")
    failure_reason: str | None = optional_text(
        description="Why the refund failed. Null if it did not fail."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(
            select_related=["payment_intent"], description="The refunded payment."
        )
    )
    created_at: datetime = strawberry_django.field(description="When the refund was requested.")
    updated_at: datetime = strawberry_django.field(
        description="When the object last changed on this site."
    )

    @strawberry_django.field(
        only=["amount", "currency"],
        description="The amount of the refund, in the major unit of the currency.",
    )
    def amount(self, root: strawberry.Parent[StripeRefund]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        description="Whether the refund lowers the price of the booking. If false, the amount is "
        "due again, unless it was overpaid."
    )
    def reduces_amount_due(self, root: strawberry.Parent[StripeRefund]) -> bool:
        return root.reduces_amount_due

    @strawberry_django.field(
        description="The amount by which the refund lowers the price of the booking: the refunded "
        "amount, less any overpaid amount. It applies once the refund has succeeded. 0 unless "
        "`reducesAmountDue` is true."
    )
    def amount_due_reduction(self, root: strawberry.Parent[StripeRefund]) -> Decimal:
        return money.to_decimal(root.amount_due_reduction, root.currency)

    @strawberry_django.field(only=["reason"], description="The reason, recorded at Stripe.")
    def reason(self, root: strawberry.Parent[StripeRefund]) -> RefundReason | None:
        return RefundReason(root.reason) if root.reason in RefundReason.values else None

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(
    description="A filter for refunds. Returns the refunds that match all given fields."
)
class RefundFilter(OfPaymentFilter):
    status: list[RefundStatus] | None = narrowing(
        by_status, description="The status is one of these: `[PENDING, FAILED]`."
    )
    created_at: TimeRange | None = narrowing(by_time, description="When the refund was requested.")


@strawberry.type
class RefundQueries:
    refunds = list_field(Refund, RefundFilter, description="Returns your refunds, newest first.")
