from decimal import Decimal

import strawberry
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from payments_graphql.errors import ApprovalRequiredError, NotFoundError
from payments_graphql.models import RefundReason, StripePaymentIntent, StripeRefund
from payments_graphql.policy import get_policy
from payments_graphql.services import refunds as service

from ..engine.admission import admit
from ..engine.context import Info, get_user
from ..engine.errors import PaymentError
from ..engine.nodes import find_by_id
from ..engine.object_types import as_type
from ..engine.payloads import Given, errors_into, refuse_unstorable_text
from .payment_intents import PaymentIntent, get_payment_intent_to_act_on
from .refund_requests import RefundRequest, get_request
from .refunds import Refund
from .sight import is_own, refuse_to_show


@strawberry.input(description="The refund to create.")
class CreateRefundInput:
    idempotency_key: str = strawberry.field(
        description="Your unique key for this request, 1 to 255 characters, such as a UUID: "
        '`"7d2c3b9a-1f04-4c7e-9a53-c0de5c2f7a10"`. A retry with the same key returns the same '
        "refund and does not create another."
    )
    payment_intent_id: strawberry.ID = strawberry.field(description="The `id` of the payment.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description='The amount to refund, in the major unit: `"10.00"`. Default: everything that '
        "can be refunded.",
    )
    reason: RefundReason | None = strawberry.field(
        default=None, description="The reason, recorded at Stripe."
    )
    description: str | None = strawberry.field(
        default=None, description="A note about the refund, at most 500 characters."
    )
    reduces_amount_due: bool | None = strawberry.field(
        default=None,
        description="Whether the refund lowers the price of the booking. If false, the refunded "
        "amount is due again. True requires the permission `payments_graphql.refund_payment`. "
        "With this permission, the default is true for a partial refund, unless the reason is "
        "`DUPLICATE` or `FRAUDULENT`, and false for a full refund. Without it, the default is "
        "false.",
    )

    request_approval: bool | None = strawberry.field(
        default=None,
        description="If true, the refund is not made but waits for a second person as an "
        "`refundRequest`, for example because it is above your own limit. Otherwise only a "
        "refund waits that requires it: see `AvailableAction.approvalAbove`.",
    )


@strawberry.input(description="The refund to cancel.")
class CancelRefundInput:
    refund_id: strawberry.ID = strawberry.field(description="The `id` of the refund.")


@strawberry.type(description="The result of `createRefund`.")
class CreateRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None, description="The refund. Null if it was not created."
    )
    payment_intent: PaymentIntent | None = strawberry.field(
        default=None, description="The payment. Null if you have no such payment."
    )
    refund_request: RefundRequest | None = strawberry.field(
        default=None,
        description="The recorded request, if a second person must approve the refund. `errors` "
        "then contains an `ApprovalRequiredError`. Once it is approved, the same request with the "
        "same key returns the refund.",
    )
    replayed: bool = strawberry.field(
        default=False, description="Whether an earlier request with the same key created it."
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the refund was created."
    )


@strawberry.type(description="The result of `cancelRefund`.")
class CancelRefundPayload:
    refund: Refund | None = strawberry.field(
        default=None,
        description="The refund. Null if it does not exist or you may not see it.",
    )
    errors: list[PaymentError] = strawberry.field(
        default_factory=list, description="The errors. Empty if the refund was canceled."
    )


@strawberry.type
class RefundMutations:
    @strawberry.mutation(
        description="Refunds a payment, in full or in part. Requires the permission "
        "`payments_graphql.refund_payment`, unless the site lets customers refund their own "
        "payments. Staff can have a limit per day, week or month, and large refunds can require a "
        "second person: see `AvailableAction`."
    )
    def create_refund(self, info: Info, input: Given[CreateRefundInput]) -> CreateRefundPayload:
        user = get_user(info)
        payload = CreateRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            may = get_policy().may_refund
            intent = get_payment_intent_to_act_on(user, input.payment_intent_id, may)
            refuse_to_show(info, intent)
            payload.payment_intent = as_type(intent)
            try:
                refund, payload.replayed = _create(intent, input, user)
            except ApprovalRequiredError as error:
                payload.refund_request = as_type(get_request(error.refund_request_id))
                raise
            payload.refund = as_type(refund)
            intent.refresh_from_db()
        return payload

    @strawberry.mutation(
        description="Cancels a refund with the status REQUIRES_ACTION: the customer has not yet "
        "said where to send the money. Stripe cannot cancel other refunds, such as refunds to a "
        "card. Requires the permission `payments_graphql.refund_payment`, which applies to "
        "the refunds of all customers."
    )
    def cancel_refund(self, info: Info, input: Given[CancelRefundInput]) -> CancelRefundPayload:
        user = get_user(info)
        payload = CancelRefundPayload()
        with errors_into(payload):
            refuse_unstorable_text(input)
            admit(info, "refund")
            refund = _get_refund(user, input.refund_id)
            refuse_to_show(info, refund.payment_intent)
            payload.refund = as_type(refund)
            service.cancel_refund(refund=refund, user=user)
        return payload


def _create(
    intent: StripePaymentIntent, input: CreateRefundInput, user: AbstractBaseUser
) -> tuple[StripeRefund, bool]:
    return service.create_refund(
        payment_intent=intent,
        amount=input.amount,
        reason=input.reason or "",
        description=input.description or "",
        reduces_amount_due=input.reduces_amount_due,
        idempotency_key=input.idempotency_key,
        user=user,
        request_approval=bool(input.request_approval),
    )


def _get_refund(user: AbstractBaseUser, global_id: str) -> StripeRefund:
    """Your own refund, or anyone's for staff who may cancel it."""
    refunds = StripeRefund.objects.ours().accepted().select_related("payment_intent__customer")
    refund: StripeRefund | None = find_by_id(refunds, Refund, global_id)
    if refund is None or not (
        is_own(user, refund.payment_intent) or get_policy().may_cancel_refund(user, refund)
    ):
        raise NotFoundError(_("There is no such refund."), path=("refundId",))
    return refund
