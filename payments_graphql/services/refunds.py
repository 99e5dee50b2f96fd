from dataclasses import dataclass
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from .. import mirror, money, operations, policy
from ..errors import AmountError, ErrorCode, InvalidStateError, ValidationError
from ..models import (
    Operation,
    OperationKind,
    OperationState,
    RefundReason,
    RefundStatus,
    StripePaymentIntent,
    StripeRefund,
    balance,
)
from ..policy import Person, get_policy
from .available_actions import Action, check_state, require_permission
from .inputs import check_description
from .locking import lock_booking_of

__all__ = ["NothingOverpaid", "RefundPreview", "cancel_refund", "create_refund", "preview_refund"]


class NothingOverpaid(Exception):
    """Leaves the transaction before anything is written."""


def create_refund(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    reason: str = "",
    description: str = "",
    reduces_amount_due: bool | None = None,
    idempotency_key: str | None = None,
    user: Person = None,
    only_overpaid: bool = False,
) -> tuple[StripeRefund, bool]:
    """Refunds `amount` in major units, or everything that is left. Returns the refund and
    `replayed`.

    `reduces_amount_due` says whether the price of the booking falls by this amount (true), or the
    customer owes the amount again (false). See Note [What a refund means]. `only_overpaid` refunds
    at most the overpaid amount, and raises `NothingOverpaid` if there is none.

    The row is written before Stripe is called and reserves its amount, so that concurrent refunds
    never exceed the received amount. https://docs.stripe.com/refunds
    """
    operations.refuse_open_transaction()
    require_permission(Action.REFUND, payment_intent, user)
    _check_texts(reason, description)
    meaning = _check_meaning(payment_intent, reduces_amount_due, user)
    currency = payment_intent.currency
    request = _RefundRequest(
        payment_intent=payment_intent,
        minor_units=None if amount is None else money.to_minor_units(amount, currency),
        reason=reason,
        description=description,
        reduces_amount_due=meaning,
        only_overpaid=only_overpaid,
    )
    performed = operations.perform(
        kind=OperationKind.CREATE_REFUND,
        actor=operations.actor_of(user),
        key=operations.check_key(idempotency_key) or operations.random_key(),
        input={
            "payment_intent": str(payment_intent.pk),
            "amount": request.minor_units,
            "reason": reason,
            "description": description,
            "reduces_amount_due": reduces_amount_due,
        },
        prepare=request.prepare,
    )
    refund = performed.operation.refund
    assert refund is not None
    refund.refresh_from_db()
    return refund, performed.replayed


@dataclass(frozen=True)
class _RefundRequest:
    """The checked request. Inside the transaction, it is limited and recorded."""

    payment_intent: StripePaymentIntent
    minor_units: int | None
    reason: str
    description: str
    reduces_amount_due: bool | None
    only_overpaid: bool

    def prepare(self, operation: Operation) -> None:
        booking = lock_booking_of(self.payment_intent)
        intent = (
            StripePaymentIntent.objects.select_for_update(of=("self",))
            .select_related("customer", "booking")
            .get(pk=self.payment_intent.pk)
        )
        prefetch_related_objects([intent], "refunds", "disputes")
        amount = _amount_to_refund(intent, self.minor_units)
        if self.only_overpaid:
            if booking is None or not balance.counts(intent, booking):
                raise InvalidStateError(_("This payment no longer counts for the booking."))
            overpaid = booking.amount_overpaid
            if overpaid <= 0:
                raise NothingOverpaid
            amount = min(amount, overpaid)
        reduction = balance.get_reduction(
            intent, amount, reason=self.reason, asked=self.reduces_amount_due
        )
        refund = StripeRefund.objects.create(
            payment_intent=intent,
            amount=amount,
            currency=intent.currency,
            reason=self.reason,
            description=self.description,
            amount_due_reduction=reduction,
        )
        operation.refund = refund
        operation.payment_intent = intent
        operation.customer = intent.customer
        operation.parameters = {
            "payment_intent": intent.stripe_payment_intent_id,
            "amount": refund.amount,
            **({"reason": self.reason} if self.reason else {}),
            "metadata": mirror.our_metadata(operation.pk, refund=refund.pk),
        }


def _check_texts(reason: str, description: str) -> None:
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


def _check_meaning(intent: StripePaymentIntent, asked: bool | None, user: Person) -> bool | None:
    """The requested value, or None for the default. See Note [What a refund means]."""
    may = user is None or get_policy().may_reduce_amount_due(user, intent)
    if asked:
        denial = _("You are not allowed to reduce the amount due for a booking.")
        policy.require(may, denial, path=("reducesAmountDue",))
    return asked if may else False


def cancel_refund(*, refund: StripeRefund, user: Person = None) -> StripeRefund:
    """Cancels a refund that waits for the customer. Stripe cannot cancel other refunds.

    https://docs.stripe.com/api/refunds/cancel
    """
    if user is not None:
        may = get_policy().may_cancel_refund(user, refund)
        policy.require(may, _("You are not allowed to cancel refunds."), path=("refundId",))

    def prepare(operation: Operation) -> None:
        row = StripeRefund.objects.select_for_update().get(pk=refund.pk)
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
    """Call it under the intent's lock."""
    check_state(Action.REFUND, intent)
    left = intent.amount_refundable
    if wanted is not None and wanted > left:
        maximum = money.to_decimal(left, intent.currency)
        raise AmountError(
            _("At most %(maximum)s %(currency)s can be refunded.")
            % {"maximum": maximum, "currency": intent.currency},
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=intent.currency,
            maximum=maximum,
        )
    return wanted or left


@dataclass(frozen=True)
class RefundPreview:
    """Minor units: what a refund would return, and by how much it would lower the price of the
    booking."""

    amount: int
    reduction: int


def preview_refund(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    reason: str = "",
    description: str = "",
    reduces_amount_due: bool | None = None,
    user: Person = None,
) -> RefundPreview:
    """What `create_refund` would do now. Raises the errors that it would raise."""
    require_permission(Action.REFUND, payment_intent, user)
    _check_texts(reason, description)
    asked = _check_meaning(payment_intent, reduces_amount_due, user)
    currency = payment_intent.currency
    minor_units = None if amount is None else money.to_minor_units(amount, currency)
    returned = _amount_to_refund(payment_intent, minor_units)
    reduction = balance.get_reduction(payment_intent, returned, reason=reason, asked=asked)
    return RefundPreview(returned, reduction)
