"""The type of a refund that needs approval, and its query. Its mutations are in
`refund_request_mutations`."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Prefetch

from payments_graphql import money
from payments_graphql.models import RefundReason, RefundRequestState, StripeRefund
from payments_graphql.models import RefundRequest as RefundRequestRow
from payments_graphql.policy import get_policy

from ..engine.context import Info, get_user
from ..engine.enums import describe_enum
from ..engine.filters import TimeRange, by_state, by_time, narrowing
from ..engine.lists import list_field
from ..engine.nodes import Node
from ..engine.object_types import as_type, object_type
from ..engine.optional_texts import optional_text
from .filters import OfPaymentFilter
from .refunds import Refund
from .sight import shows

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


describe_enum(
    RefundRequestState,
    "The state of a request to approve a refund.",
    {
        "WAITING": "A second person can approve or reject it. It expires after 14 days.",
        "APPROVED": "It was approved. The status of the refund says whether the money has moved.",
        "REJECTED": "It was rejected. The note says why.",
        "WITHDRAWN": "The person who asked has withdrawn it.",
        "EXPIRED": "Nobody decided in time.",
        "FAILED": "It was approved, but Stripe refused the refund.",
    },
)


def _fetch_refund(info: object) -> "Prefetch[str]":
    """With the payment, which says whether it may be shown."""
    return Prefetch("refund", StripeRefund.objects.select_related("payment_intent"))


@object_type(
    RefundRequestRow,
    name="RefundRequest",
    description="A refund that a second person must approve.",
    of_user=RefundRequestRow.objects.for_user,
    of_everybody=RefundRequestRow.objects.ours,
    needed_to_act={"id", "state", "amount", "currency"},
)
class RefundRequest(Node):
    state: RefundRequestState = strawberry_django.field(description="The state of the request.")
    currency: str = strawberry_django.field(
        description="The currency's upper-case code, such as `USD`."
    )
    description: str | None = optional_text(description="The note about the refund.")
    note: str | None = optional_text(description="Why it was rejected. Null if nobody said so.")
    expires_at: datetime = strawberry_django.field(
        description="When it expires unless it is decided before."
    )
    decided_at: datetime | None = strawberry_django.field(
        description="When it was approved, rejected or withdrawn. Null before."
    )
    created_at: datetime = strawberry_django.field(description="When the refund was requested.")

    @strawberry_django.field(
        description="The amount of the refund, in the major unit of the currency."
    )
    def amount(self, root: strawberry.Parent[RefundRequestRow]) -> Decimal:
        return money.to_decimal(root.amount, root.currency)

    @strawberry_django.field(description="The reason, recorded at Stripe.")
    def reason(self, root: strawberry.Parent[RefundRequestRow]) -> RefundReason | None:
        return RefundReason(root.reason) if root.reason in RefundReason.values else None

    @strawberry_django.field(
        select_related=["user"],
        description="The username of the person who asked. Null if the user was deleted.",
    )
    def requested_by(self, root: strawberry.Parent[RefundRequestRow]) -> str | None:
        return None if root.user is None else root.user.get_username()

    @strawberry_django.field(
        select_related=["user", "payment_intent__customer"],
        description="Whether you may approve it. Nobody may approve their own request, or a "
        "refund that they receive.",
    )
    def may_approve(self, root: strawberry.Parent[RefundRequestRow], info: Info) -> bool:
        return root.is_waiting and get_policy().may_approve_refund(get_user(info), root)

    @strawberry_django.field(
        select_related=["payment_intent"],
        description="The payment. Null if you may not see it.",
    )
    def payment_intent(
        self, root: strawberry.Parent[RefundRequestRow], info: Info
    ) -> Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] | None:
        intent = root.payment_intent
        return as_type(intent if shows(info, intent) else None)

    @strawberry_django.field(
        prefetch_related=[_fetch_refund],
        description="The refund. Null until it is approved, or if you may not see the payment.",
    )
    def refund(self, root: strawberry.Parent[RefundRequestRow], info: Info) -> Refund | None:
        refund = root.refund
        is_shown = refund and refund.stripe_refund_id and shows(info, refund.payment_intent)
        return as_type(refund if is_shown else None)


@strawberry.input(
    description="A filter for requests to approve refunds. Returns the requests that match all "
    "given fields."
)
class RefundRequestFilter(OfPaymentFilter):
    state: list[RefundRequestState] | None = narrowing(
        by_state, description="The state is one of these: `[WAITING]`."
    )
    created_at: TimeRange | None = narrowing(by_time, description="When the refund was requested.")


@strawberry.type
class RefundRequestQueries:
    refund_requests = list_field(
        RefundRequest,
        RefundRequestFilter,
        description="Returns the refunds for which you asked approval, newest first. With "
        "`scope: ALL` everyone's.",
    )


def get_request(pk: str) -> RefundRequestRow:
    rows = RefundRequestRow.objects.select_related("user", "payment_intent__customer", "refund")
    row: RefundRequestRow = rows.get(pk=pk)
    return row
