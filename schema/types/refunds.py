from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from payments_graphql import money
from payments_graphql.conf import conf
from payments_graphql.models import RefundReason, RefundStatus, StripeRefund
from payments_graphql.services import refunds as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.enums import describe_enum
from ..engine.errors import PaymentError
from ..engine.filters import (
    OF_USERNAME,
    AmountRange,
    TimeRange,
    of_payment,
    of_username,
    with_status,
    within_amount,
    within_time,
)
from ..engine.nodes import Node
from ..engine.ownership import get_payment_intent_to_act_on, get_refund
from ..engine.pagination import (
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
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from ..engine.visibility import Scope, ScopeArgument, list_visible, refuse_to_show
from .history import HISTORY, StatusChange, list_changes

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
        "CANCELED": "It was called off.",
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


@strawberry_django.type(StripeRefund, name="Refund", description="Money given back.")
class Refund(Node):
    stripe_refund_id: str = strawberry_django.field(description="Its id at Stripe: `re_...`.")
    livemode: bool = strawberry_django.field(description="False in Stripe's test mode.")
    status: RefundStatus = strawberry_django.field(description="Where it stands.")
    currency: str = strawberry_django.field(description="Upper-case code, such as `USD`.")
    description: str = strawberry_django.field(description="Your own words about it.")
    failure_reason: str = strawberry_django.field(
        description="Why the bank refused it; empty unless it failed."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] = (
        strawberry_django.field(description="The payment that it gives back.")
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

    @strawberry_django.field(description=HISTORY)
    def history(self, root: strawberry.Parent[StripeRefund]) -> list[StatusChange]:
        return list_changes(root)


@strawberry.input(description="Which refunds. What is left out does not narrow the list.")
class RefundFilter:
    status: list[RefundStatus] | None = strawberry.field(
        default=None, description="In one of these states: `[PENDING, FAILED]`."
    )
    payment_intent_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this payment, by its `id`."
    )
    booking_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of payments for this booking, by its `id`."
    )
    created_at: TimeRange | None = strawberry.field(default=None, description="Asked for then.")
    amount: AmountRange | None = strawberry.field(default=None, description="Of such an amount.")
    username: str | None = strawberry.field(default=None, description=OF_USERNAME)


@strawberry.input(description="What to give back.")
class CreateRefundInput:
    idempotency_key: str = strawberry.field(
        description="Your own key for this refund, 1 to 255 characters, such as a UUID: "
        '`"7d2c3b9a-1f04-4c7e-9a53-c0de5c2f7a10"`. Sent again, it gives the same refund instead '
        "of another."
    )
    payment_intent_id: strawberry.ID = strawberry.field(description="The payment's `id`.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description='How much, in the major unit: `"10.00"`. All that is left by default.',
    )
    reason: RefundReason | None = strawberry.field(
        default=None, description="Why, as Stripe records it."
    )
    description: str | None = strawberry.field(
        default=None, description="Your own words about it, 500 characters at most."
    )
    reduces_amount_due: bool | None = strawberry.field(
        default=None,
        description="Does the booking cost less by it, so that nothing of it is due again? If not, "
        "the customer owes the amount again. True requires the permission "
        "`payments_graphql.add_striperefund`. With it, the default is true for a part of what was "
        "paid, unless the reason is `DUPLICATE` or `FRAUDULENT`, and false when nothing is left.",
    )


@strawberry.input(description="Which refund to take back.")
class CancelRefundInput:
    refund_id: strawberry.ID = strawberry.field(description="The refund's `id`.")


@strawberry.type(description="What became of `createRefund`.")
class CreateRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None, description="The refund; null when none was made."
    )
    payment_intent: Annotated["PaymentIntent", strawberry.lazy(".payment_intents")] | None = (
        strawberry.field(
            default=None, description="The payment; null when there is none such of yours."
        )
    )
    replayed: bool = strawberry.field(
        default=False, description="Was it made by an earlier request with the same key?"
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not made; empty when it was."
    )


@strawberry.type(description="What became of `cancelRefund`.")
class CancelRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None, description="The refund; null when there is none such that you may see."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not canceled; empty when it was."
    )


@strawberry.type
class RefundQueries:
    @strawberry.field(description="Your refunds, the newest first.")
    def refunds(
        self,
        info: Info,
        filter: Annotated[
            RefundFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        order_by: OrderBy = ListOrder.CREATED_AT_DESC,
        scope: ScopeArgument = Scope.OWN,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Refund]:
        rows = list_visible(info, "Refund", scope)
        if filter is not None:
            rows = with_status(rows, filter.status)
            rows = of_payment(rows, filter.payment_intent_id, filter.booking_id)
            rows = within_time(rows, filter.created_at)
            rows = within_amount(rows, filter.amount)
            rows = of_username(rows, filter.username, customer_column="payment_intent__customer_id")
        return paginate(rows, Page(first, after, last, before, order_by))


@strawberry.type
class RefundMutations:
    @strawberry.mutation(description="Give back what was paid, in part or in full.")
    def create_refund(self, info: Info, input: Given[CreateRefundInput]) -> CreateRefundPayload:
        user = get_user(info)
        payload = CreateRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            may = conf.PAYMENTS_POLICY.may_refund
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = intent  # type: ignore[assignment]
            refund, payload.replayed = service.create_refund(
                payment_intent=intent,
                amount=input.amount,
                reason=input.reason or "",
                description=input.description or "",
                reduces_amount_due=input.reduces_amount_due,
                idempotency_key=input.idempotency_key,
                user=user,
            )
            payload.refund = refund  # type: ignore[assignment]
            intent.refresh_from_db()
        return payload

    @strawberry.mutation(
        description="Take back a refund whose status is REQUIRES_ACTION: it still waits for the "
        "customer to say where the money is to go. Stripe takes back no other, and none to a card. "
        "Needs a permission, which reaches the refund of any payment."
    )
    def cancel_refund(self, info: Info, input: Given[CancelRefundInput]) -> CancelRefundPayload:
        user = get_user(info)
        payload = CancelRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            refund = get_refund(user, input.refund_id)
            refuse_to_show(info, refund.payment_intent)
            payload.refund = refund  # type: ignore[assignment]
            service.cancel_refund(refund=refund, user=user)
        return payload
