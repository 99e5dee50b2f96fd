from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from .. import money, operations, policy
from ..errors import InvalidStateError, ValidationError
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
from . import refund_limits
from .available_actions import Action, require_permission
from .inputs import check_description
from .refund_approvals import ask_for_approval, refuse_undecided
from .refund_orders import NothingOverpaid, RefundOrder, get_amount_to_refund

__all__ = ["NothingOverpaid", "RefundPreview", "cancel_refund", "create_refund", "preview_refund"]


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
    request_approval: bool = False,
) -> tuple[StripeRefund, bool]:
    """Refunds `amount` in major units, or everything that is left. Returns the refund and
    `replayed`.

    `reduces_amount_due` says whether the price of the booking falls by this amount (true), or the
    customer owes the amount again (false). See Note [What a refund means]. `only_overpaid` refunds
    at most the overpaid amount, and raises `NothingOverpaid` if there is none.

    Raises `ApprovalRequiredError` after recording a request, if a second person must approve the
    refund, or with `request_approval`. Raises `AmountError` above the limit of `user`.

    The row is written before Stripe is called and reserves its amount, so that concurrent refunds
    never exceed the received amount. https://docs.stripe.com/refunds
    """
    operations.refuse_open_transaction()
    require_permission(Action.REFUND, payment_intent, user)
    _check_texts(reason, description)
    currency = payment_intent.currency
    order = RefundOrder(
        payment_intent=payment_intent,
        minor_units=None if amount is None else money.to_minor_units(amount, currency),
        reason=reason,
        description=description,
        reduces_amount_due=_check_meaning(payment_intent, reduces_amount_due, user),
        only_overpaid=only_overpaid,
    )
    key = operations.check_key(idempotency_key) or operations.random_key()
    asked = _hash(order, reduces_amount_due)
    return _perform(order, user=user, key=key, asked=asked, request_approval=request_approval)


def _hash(order: RefundOrder, reduces_amount_due: bool | None) -> str:
    """Of the request as it was given, to recognize it with the same key."""
    return operations.hash_input(
        OperationKind.CREATE_REFUND,
        {
            "payment_intent": str(order.payment_intent.pk),
            "amount": order.minor_units,
            "reason": order.reason,
            "description": order.description,
            "reduces_amount_due": reduces_amount_due,
        },
    )


class _NeedsApproval(Exception):
    """Leaves the transaction before anything is written."""


def _perform(
    order: RefundOrder, *, user: Person, key: str, asked: str, request_approval: bool
) -> tuple[StripeRefund, bool]:
    actor = operations.actor_of(user)

    def prepare(operation: Operation) -> None:
        intent, amount = order.lock()
        if request_approval or refund_limits.needs_approval(user, intent, amount):
            raise _NeedsApproval
        refund_limits.check_allowance(user, intent.currency, amount)
        order.record(operation, intent, amount)

    if user is not None or request_approval:
        refuse_undecided(actor, key, asked)
    try:
        performed = operations.perform(
            kind=OperationKind.CREATE_REFUND, actor=actor, key=key, input=asked, prepare=prepare
        )
    except _NeedsApproval:
        raise ask_for_approval(order, user=user, key=key, input_hash=asked) from None
    refund = performed.operation.refund
    assert refund is not None
    refund.refresh_from_db()
    return refund, performed.replayed


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


@dataclass(frozen=True)
class RefundPreview:
    """Minor units: what a refund would return, and by how much it would lower the price of the
    booking. `needs_approval`: a second person must approve it first."""

    amount: int
    reduction: int
    needs_approval: bool


def preview_refund(
    *,
    payment_intent: StripePaymentIntent,
    amount: Decimal | int | str | float | None = None,
    reason: str = "",
    description: str = "",
    reduces_amount_due: bool | None = None,
    user: Person = None,
    request_approval: bool = False,
) -> RefundPreview:
    """What `create_refund` would do now. Raises the errors that it would raise."""
    require_permission(Action.REFUND, payment_intent, user)
    _check_texts(reason, description)
    asked = _check_meaning(payment_intent, reduces_amount_due, user)
    currency = payment_intent.currency
    minor_units = None if amount is None else money.to_minor_units(amount, currency)
    returned = get_amount_to_refund(payment_intent, minor_units)
    approval = request_approval or refund_limits.needs_approval(user, payment_intent, returned)
    allowance = None if approval else refund_limits.find_allowance(user, currency)
    refusal = allowance and allowance.find_refusal(returned)
    if refusal:
        raise refusal
    reduction = balance.get_reduction(payment_intent, returned, reason=reason, asked=asked)
    return RefundPreview(returned, reduction, approval)
