from decimal import Decimal

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql.errors import NotFoundError
from payments_graphql.models import RefundReason, StripeRefund
from payments_graphql.policy import get_policy
from payments_graphql.services import refunds as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.nodes import find_by_id
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .payment_intents import PaymentIntent, get_payment_intent_to_act_on
from .refunds import Refund
from .sight import is_own, refuse_to_show


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


@strawberry.type(description="The result of `createRefund`.")
class CreateRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None, description="The refund; null when none was made."
    )
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    replayed: bool = strawberry.field(
        default=False, description="Was it made by an earlier request with the same key?"
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not made; empty when it was."
    )


@strawberry.type(description="The result of `cancelRefund`.")
class CancelRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None,
        description="The refund. Null if there is no such refund, or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="Why it was not canceled; empty when it was."
    )


@strawberry.type
class RefundMutations:
    @strawberry.mutation(description="Give back what was paid, in part or in full.")
    def create_refund(self, info: Info, input: Given[CreateRefundInput]) -> CreateRefundPayload:
        user = get_user(info)
        payload = CreateRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            may = get_policy().may_refund
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
            refund = _get_refund(user, input.refund_id)
            refuse_to_show(info, refund.payment_intent)
            payload.refund = refund  # type: ignore[assignment]
            service.cancel_refund(refund=refund, user=user)
        return payload


def _get_refund(user: AbstractBaseUser, global_id: str) -> StripeRefund:
    """Your own, or anybody's for those who may cancel it."""
    refunds = StripeRefund.objects.ours().accepted().select_related("payment_intent__customer")
    refund: StripeRefund | None = find_by_id(refunds, Refund, global_id)
    if refund is None or not (
        is_own(user, refund.payment_intent) or get_policy().may_cancel_refund(user, refund)
    ):
        raise NotFoundError(_("No such refund."), path=("refundId",))
    return refund
