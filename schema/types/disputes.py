"""The dispute type and its query. Its mutations are in `dispute_mutations`."""

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
    "The status of a dispute. A `WARNING` status is an inquiry: the bank asks about the payment "
    "and has not taken any money. No status is final: a bank can reopen a closed dispute. See "
    "https://docs.stripe.com/disputes/how-disputes-work",
    {
        "WARNING_NEEDS_RESPONSE": "An inquiry. The bank waits for an answer.",
        "WARNING_UNDER_REVIEW": "An inquiry. The bank reviews the answer.",
        "WARNING_CLOSED": "An inquiry that is closed without a dispute.",
        "NEEDS_RESPONSE": "The bank took the money back and waits for an answer.",
        "UNDER_REVIEW": "The bank reviews the answer.",
        "APPEAL_NEEDS_RESPONSE": "The decision was appealed. The bank waits for an answer.",
        "APPEAL_UNDER_REVIEW": "The decision was appealed. The bank reviews the answer.",
        "WON": "The dispute was won. The money is returned to the site.",
        "LOST": "The dispute was lost. The customer keeps the money.",
        "PREVENTED": "The customer was refunded before the bank opened the dispute.",
        "UNKNOWN": "A status that Stripe added after this version was released.",
    },
)


@object_type(
    StripeDispute,
    name="Dispute",
    description="A payment that the customer's bank disputes or asks about. See "
    "https://docs.stripe.com/disputes",
    of_user=StripeDispute.objects.for_user,
    of_customers=StripeDispute.objects.of_customers,
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
    stripe_dispute_id: str = strawberry_django.field(description="The id at Stripe: `du_...`.")
    livemode: bool = strawberry_django.field(
        description="Whether the object exists in Stripe's live mode. False in test mode."
    )
    status: DisputeStatus = strawberry_django.field(description="The status of the dispute.")
    reason: str | None = optional_text(
        description="The bank's reason, by Stripe's name: `fraudulent`, `product_not_received`, "
        "... Null if the bank gave none."
    )
    currency: str = strawberry_django.field(
        description="The currency's upper-case code, such as `USD`."
    )
    evidence_due_by: datetime | None = strawberry_django.field(
        description="The deadline for evidence. Answer with `submitDisputeEvidence`; answer an "
        "appeal in Stripe's dashboard."
    )
    has_evidence: bool = strawberry_django.field(
        description="Whether there is evidence, as a draft or submitted."
    )
    submission_count: int = strawberry_django.field(
        description="How many times evidence was submitted to the bank."
    )
    is_closed: bool = strawberry_django.field(
        description="Whether the dispute is closed: won, lost or otherwise ended. A bank can "
        "still reopen it."
    )
    is_inquiry: bool = strawberry_django.field(
        description="Whether the bank only asks about the payment. An inquiry does not take any "
        "money."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(
            select_related=["payment_intent"], description="The disputed payment."
        )
    )
    created_at: datetime = strawberry_django.field(
        description="When this site first received the dispute."
    )
    updated_at: datetime = strawberry_django.field(
        description="When the object last changed on this site."
    )

    @strawberry_django.field(
        only=["amount", "currency"],
        description="The disputed amount, in the major unit of the currency.",
    )
    def amount(self, root: strawberry.Parent[StripeDispute]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(
        only=["amount_withdrawn", "currency"],
        description="The amount that Stripe withdrew for the dispute and has not returned, in the "
        "major unit of the currency, without fees.",
    )
    def amount_withdrawn(self, root: strawberry.Parent[StripeDispute]) -> Decimal:
        return money.to_decimal(root.amount_withdrawn, root.currency)

    history = history_field()
    has_more_history = has_more_history_field()


@strawberry.input(
    description="A filter for disputes. Returns the disputes that match all given fields."
)
class DisputeFilter(OfPaymentFilter):
    status: list[DisputeStatus] | None = narrowing(
        by_status, description="The status is one of these: `[NEEDS_RESPONSE]`."
    )
    created_at: TimeRange | None = narrowing(
        by_time, description="When this site first received the dispute."
    )


@strawberry.type
class DisputeQueries:
    disputes = list_field(
        Dispute, DisputeFilter, description="Returns the disputes of your payments, newest first."
    )
