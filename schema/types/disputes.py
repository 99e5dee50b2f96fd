"""The dispute as a type, and its query. Its mutations are in `dispute_mutations`."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from payments_graphql import money
from payments_graphql.models import DisputeStatus, StripeDispute

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
    DisputeStatus,
    "Where a dispute stands. A `WARNING` is the bank's question before a dispute, and has taken no "
    "money. None is final: a bank can reopen what is closed. "
    "See https://docs.stripe.com/disputes/how-disputes-work",
    {
        "WARNING_NEEDS_RESPONSE": "The bank asks, and waits for an answer.",
        "WARNING_UNDER_REVIEW": "The bank asked, and looks at the answer.",
        "WARNING_CLOSED": "The bank's question did not become a dispute.",
        "NEEDS_RESPONSE": "The bank took the money back, and waits for an answer.",
        "UNDER_REVIEW": "The bank looks at the answer.",
        "APPEAL_NEEDS_RESPONSE": "The decision is appealed, and the bank waits for an answer.",
        "APPEAL_UNDER_REVIEW": "The decision is appealed, and the answer is under review.",
        "WON": "The money came back.",
        "LOST": "The money stays with the customer.",
        "PREVENTED": "The cardholder was refunded before the bank opened it: the money is gone.",
        "UNKNOWN": "A status that Stripe added later.",
    },
)


@object_type(
    StripeDispute,
    name="Dispute",
    description="A payment that the customer's bank takes back, or asks about. "
    "See https://docs.stripe.com/disputes",
    of_user=StripeDispute.objects.for_user,
    of_everybody=StripeDispute.objects.ours,
    needed_to_act={
        "id",
        "status",
        "amount",
        "currency",
        "evidenceDueBy",
        "hasEvidence",
        "submissionCount",
        "isClosed",
    },
)
class Dispute(Node):
    stripe_dispute_id: str = strawberry_django.field(description="Its id at Stripe: `du_...`.")
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    status: DisputeStatus = strawberry_django.field(description="Where it stands.")
    reason: str | None = optional_text(
        description="The bank's, as Stripe names it: `fraudulent`, `product_not_received`, ...; "
        "null when it gave none."
    )
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    evidence_due_by: datetime | None = strawberry_django.field(
        description="Until when it can be answered: with `submitDisputeEvidence`, or an appeal in "
        "Stripe's dashboard."
    )
    has_evidence: bool = strawberry_django.field(
        description="Has evidence been given, submitted or not?"
    )
    submission_count: int = strawberry_django.field(
        description="How often evidence was submitted to the bank."
    )
    is_closed: bool = strawberry_django.field(
        description="Is it won, lost or otherwise over? A bank can still reopen it."
    )
    is_inquiry: bool = strawberry_django.field(
        description="Does the bank only ask? An inquiry takes no money."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(
            select_related=["payment_intent"], description="The payment that it is about."
        )
    )
    created_at: datetime = strawberry_django.field(description="When it was first heard of here.")
    updated_at: datetime = strawberry_django.field(description="When it last changed here.")

    @strawberry_django.field(description="How much, in the currency's major unit.")
    def amount(self, root: strawberry.Parent[StripeDispute]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        description="How much Stripe has taken for it and not given back, in the currency's major "
        "unit, without fees."
    )
    def amount_withdrawn(self, root: strawberry.Parent[StripeDispute]) -> Decimal:
        return money.to_decimal(root.amount_withdrawn, root.currency)

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(description="Which disputes. What is left out does not narrow the list.")
class DisputeFilter(OfPaymentFilter):
    status: list[DisputeStatus] | None = narrowing(
        by_status, description="In one of these states: `[NEEDS_RESPONSE]`."
    )
    created_at: TimeRange | None = narrowing(by_time, description="First heard of here then.")


@strawberry.type
class DisputeQueries:
    disputes = list_field(
        Dispute, DisputeFilter, description="The disputes of your payments, the newest first."
    )
