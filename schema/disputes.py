"""The dispute as a type, and its query. Its mutations are in `dispute_mutations`."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
import strawberry_django
from strawberry import relay

from payments_graphql import money
from payments_graphql.models import DisputeStatus, StripeDispute

from .context import Info, get_user
from .pagination import After, Before, Connection, First, Last, Page, paginate
from .prefetching import prefetch

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


@strawberry_django.type(
    StripeDispute,
    name="Dispute",
    description="A payment that the customer's bank takes back, or asks about. "
    "See https://docs.stripe.com/disputes",
)
class Dispute(relay.Node):
    # Otherwise relay reads the class's annotations anew for every id.
    _id_attr: ClassVar[str | None] = "pk"

    stripe_dispute_id: str = strawberry_django.field(description="Its id at Stripe: `du_...`.")
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    status: DisputeStatus = strawberry_django.field(description="Where it stands.")
    reason: str = strawberry_django.field(
        description="The bank's, as Stripe names it: `fraudulent`, `product_not_received`, ..."
    )
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    evidence_due_by: datetime | None = strawberry_django.field(
        description="Until when it can be answered with `submitDisputeEvidence`."
    )
    has_evidence: bool = strawberry_django.field(
        description="Has evidence been given, submitted or not?"
    )
    submission_count: int = strawberry_django.field(
        description="How often evidence was submitted to the bank."
    )
    is_closed: bool = strawberry_django.field(description="Is it won, lost or otherwise over?")
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(description="The payment that it is about.")
    )
    created_at: datetime = strawberry_django.field(description="When it was first heard of here.")
    updated_at: datetime = strawberry_django.field(description="When it last changed here.")

    @strawberry_django.field(description="How much, in the currency's major unit.")
    def amount(self, root: strawberry.Parent[StripeDispute]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)


@strawberry.type
class DisputeQueries:
    @strawberry.field(description="The disputes of your payments, newest first.")
    def disputes(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Dispute]:
        own = StripeDispute.objects.for_user(get_user(info))
        return paginate(prefetch(own, info, "Dispute"), Page(first, after, last, before))
