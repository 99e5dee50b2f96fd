from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
import strawberry_django
from strawberry import relay

from payments_graphql import money
from payments_graphql.conf import conf
from payments_graphql.models import RefundReason, RefundStatus, StripeRefund
from payments_graphql.services import refunds as service

from .context import Info, get_user
from .errors import PaymentError
from .ownership import get_payment_intent_to_act_on, get_refund
from .pagination import After, Before, Connection, First, Last, Page, paginate
from .payloads import check_idempotency_key, errors_into, refuse_unstorable_text
from .prefetching import prefetch

if TYPE_CHECKING:
    from .payment_intents import PaymentIntent


@strawberry_django.type(StripeRefund, name="Refund", description="Money given back.")
class Refund(relay.Node):
    # Otherwise relay reads the class's annotations anew for every id.
    _id_attr: ClassVar[str | None] = "pk"

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

    @strawberry_django.field(description="Why, as Stripe records it.")
    def reason(self, root: strawberry.Parent[StripeRefund]) -> RefundReason | None:
        return RefundReason(root.reason) if root.reason in RefundReason.values else None


@strawberry.input(description="What to give back.")
class CreateRefundInput:
    idempotency_key: str = strawberry.field(
        description="Your own key for this refund, 1 to 255 characters. Sent again, it gives the "
        "same refund instead of another."
    )
    payment_intent_id: strawberry.ID = strawberry.field(description="The payment's `id`.")
    amount: Decimal | None = strawberry.field(
        default=None, description="How much, in the major unit. All that is left by default."
    )
    reason: RefundReason | None = strawberry.field(
        default=None, description="Why, as Stripe records it."
    )
    description: str | None = strawberry.field(
        default=None, description="Your own words about it, 500 characters at most."
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
    @strawberry.field(description="Your refunds, newest first.")
    def refunds(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Refund]:
        own = StripeRefund.objects.for_user(get_user(info))
        return paginate(prefetch(own, info, "Refund"), Page(first, after, last, before))


@strawberry.type
class RefundMutations:
    @strawberry.mutation(description="Give back what was paid, in part or in full.")
    def create_refund(self, info: Info, input: CreateRefundInput) -> CreateRefundPayload:
        user = get_user(info)
        payload = CreateRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            may = conf.PAYMENTS_POLICY.may_refund
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            payload.payment_intent = intent  # type: ignore[assignment]
            refund, payload.replayed = service.create_refund(
                payment_intent=intent,
                amount=input.amount,
                reason=input.reason or "",
                description=input.description or "",
                idempotency_key=check_idempotency_key(input.idempotency_key),
                user=user,
            )
            payload.refund = refund  # type: ignore[assignment]
            intent.refresh_from_db()
        return payload

    @strawberry.mutation(
        description="Take back a refund that is under way, where the bank still can. Needs a "
        "permission, which reaches the refund of any payment."
    )
    def cancel_refund(self, info: Info, input: CancelRefundInput) -> CancelRefundPayload:
        user = get_user(info)
        payload = CancelRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            refund = get_refund(user, input.refund_id)
            payload.refund = refund  # type: ignore[assignment]
            service.cancel_refund(refund=refund, user=user)
        return payload
