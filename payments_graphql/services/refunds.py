from collections.abc import Callable
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from .. import mirror, money, operations, policy
from ..conf import conf
from ..errors import AmountError, ErrorCode, InvalidStateError, ValidationError
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    RefundReason,
    RefundStatus,
    StripePaymentIntent,
    StripeRefund,
)
from ..policy import Person
from .available_actions import Action, check_state, require_permission
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
    require_permission(Action.REFUND, payment_intent, user)
    if reason and reason not in RefundReason.values:
        raise ValidationError(
            _("Reason must be one of %(choices)s.") % {"choices": ", ".join(RefundReason.values)},
            path=("reason",),
        )
    if len(description) > 500:
        raise ValidationError(
            _("Description must be at most 500 characters."), path=("description",)
        )
    check_description(description)
    currency = payment_intent.currency
    minor_units = None if amount is None else money.to_minor_units(amount, currency)

    def prepare(operation: Operation) -> None:
        limit = lock_and_limit() if lock_and_limit else None
        intent = StripePaymentIntent.objects.select_for_update(of=("self",)).get(
            pk=payment_intent.pk
        )
        prefetch_related_objects([intent], "refunds", "disputes")
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
    """Take back a refund that still waits for the customer; Stripe takes back no other.

    https://docs.stripe.com/api/refunds/cancel
    """
    if user is not None:
        may = conf.PAYMENTS_POLICY.may_cancel_refund(user, refund)
        policy.require(may, _("You are not allowed to cancel refunds."), path=("refundId",))

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
                _('A refund with the status "%(status)s" cannot be canceled.')
                % {"status": row.get_status_display().lower()},
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
    check_state(Action.REFUND, intent)
    left = intent.amount_refundable
    if wanted is not None and wanted > left:
        maximum = money.to_decimal(left, intent.currency)
        raise AmountError(
            _("At most %(maximum)s %(currency)s is left to refund.")
            % {"maximum": maximum, "currency": intent.currency},
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=intent.currency,
            maximum=maximum,
        )
    return wanted or left
