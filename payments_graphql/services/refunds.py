from collections.abc import Callable
from decimal import Decimal

from .. import mirror, money, operations, policy
from ..conf import conf
from ..errors import AmountError, ErrorCode, InvalidStateError, ValidationError
from ..models import (
    DisputeStatus,
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    RefundReason,
    RefundStatus,
    StripePaymentIntent,
    StripeRefund,
)
from ..policy import Person
from .inputs import check_description

__all__ = ["cancel_refund", "create_refund"]


def create_refund(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    reason: str = "",
    description: str = "",
    idempotency_key: str | None = None,
    user: Person = None,
    lock_and_limit: Callable[[], int] | None = None,
) -> tuple[StripeRefund, bool]:
    """Give money back: `amount` in major units, or all that is left. Returns it and `replayed`.

    `lock_and_limit` takes the locks that come before the payment's, and says under them how many
    minor units are to be refunded at most.

    The row is written before Stripe is asked and reserves its amount, so that refunds made at once
    never add up to more than was received. https://docs.stripe.com/refunds
    """
    operations.refuse_open_transaction()
    if user is not None:
        may = conf.PAYMENTS_POLICY.may_refund(user, payment_intent)
        policy.require(may, "refund this payment", path=("paymentIntentId",))
    if reason and reason not in RefundReason.values:
        raise ValidationError(
            f"Reason must be one of {', '.join(RefundReason.values)}.", path=("reason",)
        )
    if len(description) > 500:
        raise ValidationError("Description must be at most 500 characters.", path=("description",))
    check_description(description)
    currency = payment_intent.currency
    minor_units = None if amount is None else money.to_minor_units(amount, currency)

    def prepare(operation: Operation) -> None:
        limit = lock_and_limit() if lock_and_limit else None
        intent = StripePaymentIntent.objects.select_for_update(of=("self",)).get(
            pk=payment_intent.pk
        )
        allowed = _amount_to_refund(intent, minor_units)
        refund = StripeRefund.objects.create(
            payment_intent=intent,
            amount=allowed if limit is None else min(allowed, limit),
            currency=intent.currency,
            reason=reason,
            description=description,
            livemode=intent.livemode,
            account=intent.account,
        )
        operation.refund = refund
        operation.payment_intent = intent
        operation.customer = intent.customer
        operation.parameters = {
            "payment_intent": intent.stripe_payment_intent_id,
            "amount": refund.amount,
            **({"reason": reason} if reason else {}),
            "metadata": mirror.our_metadata(operation.pk, refund=refund.pk),
        }

    performed = operations.perform(
        kind=OperationKind.CREATE_REFUND,
        actor=operations.actor_of(user),
        key=operations.check_key(idempotency_key) or operations.random_key(),
        input={
            "payment_intent": str(payment_intent.pk),
            "amount": minor_units,
            "reason": reason,
            "description": description,
        },
        prepare=prepare,
    )
    refund = performed.operation.refund
    assert refund is not None
    refund.refresh_from_db()
    return refund, performed.replayed


def cancel_refund(*, refund: StripeRefund, user: Person = None) -> StripeRefund:
    """Take back a refund that waits for the customer or the bank; few can be.

    https://docs.stripe.com/api/refunds/cancel
    """
    if user is not None:
        may = conf.PAYMENTS_POLICY.may_cancel_refund(user, refund)
        policy.require(may, "cancel refunds", path=("refundId",))

    def prepare(operation: Operation) -> None:
        row = StripeRefund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        operations.refuse_second(
            Operation.objects.filter(
                refund=row,
                kind=OperationKind.CANCEL_REFUND,
                state__in=OperationState.resumable(),
            )
        )
        if row.status not in RefundStatus.cancelable():
            raise InvalidStateError(
                f"A refund that is {row.status} cannot be canceled.",
                path=("refundId",),
                current_status=row.status,
                allowed=tuple(str(status) for status in RefundStatus.cancelable()),
            )
        operation.refund = row

    operations.perform_alone(
        kind=OperationKind.CANCEL_REFUND,
        actor=operations.actor_of(user),
        input={"refund": str(refund.pk)},
        prepare=prepare,
    )
    refund.refresh_from_db()
    return refund


def _amount_to_refund(intent: StripePaymentIntent, wanted: int | None) -> int:
    """Under the intent's lock."""
    if intent.status != PaymentIntentStatus.SUCCEEDED:
        raise InvalidStateError(
            f"A payment that is {intent.status} cannot be refunded; it must have succeeded.",
            path=("paymentIntentId",),
            current_status=intent.status,
            allowed=(PaymentIntentStatus.SUCCEEDED.value,),
        )
    if intent.is_held_by_dispute:
        raise InvalidStateError(
            "The payment is disputed: answer or accept the dispute instead of refunding.",
            path=("paymentIntentId",),
            current_status="disputed",
        )
    left = intent.amount_refundable
    if left <= 0 and any(one.status == DisputeStatus.LOST for one in intent.disputes.all()):
        raise InvalidStateError(
            "Nothing is left to refund: the payment was lost in a dispute.",
            path=("paymentIntentId",),
            current_status="lost",
        )
    if left <= 0:
        raise InvalidStateError(
            "The payment has been refunded already, in full.",
            path=("paymentIntentId",),
            current_status="refunded",
        )
    if wanted is not None and wanted > left:
        maximum = money.to_decimal(left, intent.currency)
        raise AmountError(
            f"At most {maximum} {intent.currency} is left to refund.",
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=intent.currency,
            maximum=maximum,
        )
    return wanted or left
