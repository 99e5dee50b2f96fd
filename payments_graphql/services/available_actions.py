"""The actions on a payment: who may perform them, and why not. Each rule is written once.

The services check these rules under the payment's lock before they act. The field
`availableActions` and the buttons of the admin check them ahead of time, so another operation in
progress can still stop the action.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext as _

from .. import money, operations, policy
from ..errors import AmountError, ErrorCode, InvalidStateError, PaymentError
from ..models import PaymentIntentStatus, StripePaymentIntent, balance
from ..payment_method_types import get_method_type
from ..policy import Person, Policy, get_policy
from .bookings import is_outdated, require_may_pay
from .refund_limits import Allowances

__all__ = [
    "Action",
    "AvailableAction",
    "check_capture",
    "check_state",
    "find_capture_refusal",
    "find_refusal",
    "get_capturable",
    "list_available_actions",
    "require_permission",
]

_PATH = ("paymentIntentId",)


class Action(StrEnum):
    CONFIRM = "confirm"
    CAPTURE = "capture"
    CANCEL = "cancel"
    UPDATE = "update"
    REFUND = "refund"


@dataclass(frozen=True)
class AvailableAction:
    """`refusal` is the error that the action would raise, or None if it is allowed.
    `maximum_amount` is in minor units, or None if the action takes no amount. Above
    `approval_above`, also in minor units, a second person must approve it. None: never."""

    action: Action
    refusal: PaymentError | None
    maximum_amount: int | None
    approval_above: int | None = None


def list_available_actions(
    intent: StripePaymentIntent, user: Person = None, allowances: Allowances | None = None
) -> list[AvailableAction]:
    """The actions for `user`, or for the site itself without a user.

    Runs no SQL if `customer`, `booking` with its payments, `payment_method`, `refunds` and
    `disputes` are fetched, except to count what a person with a limit has refunded. `allowances`
    keeps that for several payments.
    """
    found = []
    for action in Action:
        refusal = find_refusal(action, intent, user)
        maximum = None if refusal else _RULES[action].get_maximum(intent)
        available = AvailableAction(action, refusal, maximum)
        if action is Action.REFUND and refusal is None and user is not None:
            available = _limit_refund(available, intent, user, allowances or Allowances())
        found.append(available)
    return found


def _limit_refund(
    available: AvailableAction, intent: StripePaymentIntent, user: Person, allowances: Allowances
) -> AvailableAction:
    maximum = available.maximum_amount or 0
    allowance = allowances.find(user, intent.currency)
    if allowance is not None:
        refusal = allowance.find_refusal(1)
        maximum = min(maximum, allowance.left)
        available = replace(available, refusal=refusal, maximum_amount=None if refusal else maximum)
    above = get_policy().get_refund_approval_amount(user, intent.currency)
    return replace(available, approval_above=above)


def find_refusal(
    action: Action, intent: StripePaymentIntent, user: Person = None
) -> PaymentError | None:
    """The error that `action` would raise now, or None if it is allowed."""
    try:
        require_permission(action, intent, user)
        check_state(action, intent)
    except PaymentError as error:
        return error
    return None


def require_permission(action: Action, intent: StripePaymentIntent, user: Person) -> None:
    """Raises `PermissionDeniedError`. Code of the site itself (`user=None`) may do everything."""
    if user is not None:
        rule = _RULES[action]
        may = rule.may(get_policy())
        policy.require(may(user, intent), rule.denial(), path=_PATH)
        booking = intent.booking if action is Action.CONFIRM else None
        # Otherwise the check of its state says why it can no longer be paid.
        if booking is not None and balance.is_of_booking(intent, booking):
            require_may_pay(booking, user)


def check_state(action: Action, intent: StripePaymentIntent) -> None:
    """Raises `InvalidStateError`. Before acting, call it with the payment as read under its
    lock."""
    operations.refuse_others(intent)
    _RULES[action].check(intent)


@dataclass(frozen=True)
class _Rule:
    may: Callable[[Policy], Callable[[Person, StripePaymentIntent], bool]]
    denial: Callable[[], str]
    check: Callable[[StripePaymentIntent], None]
    get_maximum: Callable[[StripePaymentIntent], int | None] = lambda intent: None


def _check_confirmable(intent: StripePaymentIntent) -> None:
    _require_status(
        intent,
        PaymentIntentStatus.payable(),
        _('A payment with the status "%(status)s" cannot be confirmed.'),
    )
    _refuse_not_of_booking(intent)
    booking = intent.booking
    if booking is not None and booking.canceled_at is not None:
        raise InvalidStateError(
            _("This booking was canceled and can no longer be paid."),
            path=_PATH,
            current_status="canceled",
        )
    if booking is not None and is_outdated(intent, booking):
        raise InvalidStateError(
            _("The amount due for the booking has changed. Create a new payment."),
            path=_PATH,
            current_status=intent.status,
        )


def _check_capturable(intent: StripePaymentIntent) -> None:
    _require_status(
        intent,
        (PaymentIntentStatus.REQUIRES_CAPTURE,),
        _('A payment with the status "%(status)s" cannot be captured.'),
    )
    booking = intent.booking
    if booking is None:
        return
    if booking.canceled_at is not None:
        raise InvalidStateError(
            _("The booking was canceled. Cancel the payment to release the money."),
            path=_PATH,
            current_status="canceled",
        )
    if not balance.is_of_booking(intent, booking):
        raise InvalidStateError(
            _(
                "The booking now belongs to another customer or has another currency. Cancel the "
                "payment to release the money."
            ),
            path=_PATH,
            current_status=intent.status,
        )
    if booking.amount_due <= 0:
        raise InvalidStateError(
            _("The booking is already paid. Cancel the payment to release the money."),
            path=_PATH,
            current_status="paid",
        )


def check_capture(intent: StripePaymentIntent, wanted: int | None) -> None:
    """Checks that `wanted` minor units, or the full authorized amount, can be captured. Call it
    under the locks of the booking and the payment. Raises `InvalidStateError`, or `AmountError`
    with the maximum."""
    check_state(Action.CAPTURE, intent)
    maximum = get_capturable(intent)
    if (intent.amount_capturable if wanted is None else wanted) > maximum:
        most = money.to_decimal(maximum, intent.currency)
        raise AmountError(
            _("At most %(maximum)s %(currency)s can be captured.")
            % {"maximum": most, "currency": intent.currency},
            code=ErrorCode.AMOUNT_TOO_LARGE,
            path=("amount",),
            currency=intent.currency,
            maximum=most,
        )


def find_capture_refusal(intent: StripePaymentIntent) -> PaymentError | None:
    """Why the full authorized amount cannot be captured, or None if it can."""
    try:
        check_capture(intent, None)
    except PaymentError as error:
        return error
    return None


def get_capturable(intent: StripePaymentIntent) -> int:
    """The authorized amount, limited to the amount due. A partial capture releases the rest."""
    due = _get_due(intent)
    return intent.amount_capturable if due is None else min(intent.amount_capturable, due)


def _check_cancelable(intent: StripePaymentIntent) -> None:
    _require_status(
        intent,
        PaymentIntentStatus.cancelable(),
        _('A payment with the status "%(status)s" cannot be canceled.'),
    )


def _check_updatable(intent: StripePaymentIntent) -> None:
    _require_status(
        intent,
        PaymentIntentStatus.payable(),
        _('A payment with the status "%(status)s" cannot be changed.'),
    )
    _refuse_not_of_booking(intent)


def _check_refundable(intent: StripePaymentIntent) -> None:
    _require_status(
        intent,
        (PaymentIntentStatus.SUCCEEDED,),
        _('A payment with the status "%(status)s" cannot be refunded.'),
    )
    if intent.is_held_by_dispute:
        raise InvalidStateError(
            _("This payment is disputed and cannot be refunded. Answer or accept the dispute."),
            path=_PATH,
            current_status="disputed",
        )
    method = intent.payment_method
    if method is not None and not get_method_type(method.type).can_be_refunded:
        raise InvalidStateError(
            _("Stripe cannot refund payments with %(method)s. Return the money in another way.")
            % {"method": get_method_type(method.type).label},
            path=_PATH,
            current_status=intent.status,
        )
    if intent.amount_refundable > 0:
        return
    if balance.sum_payment(intent).taken:
        raise InvalidStateError(
            _("Nothing is left to refund. The payment was lost in a dispute."),
            path=_PATH,
            current_status="lost",
        )
    raise InvalidStateError(
        _("Nothing is left to refund. The payment was already refunded in full."),
        path=_PATH,
        current_status="refunded",
    )


def _refuse_not_of_booking(intent: StripePaymentIntent) -> None:
    """See Note [A payment has an owner]."""
    if intent.customer.is_gone:
        message = _("The customer of this payment was deleted. Create a new payment.")
    elif intent.booking is not None and not balance.is_of_booking(intent, intent.booking):
        message = _(
            "The booking now belongs to another customer or has another currency. This payment "
            "can no longer be paid."
        )
    else:
        return
    raise InvalidStateError(message, path=_PATH, current_status=intent.status)


def _require_status(
    intent: StripePaymentIntent, allowed: tuple[PaymentIntentStatus, ...], message: str
) -> None:
    if intent.status not in allowed:
        raise InvalidStateError(
            message % {"status": intent.get_status_display().lower()},
            path=_PATH,
            current_status=intent.status,
            allowed=tuple(str(status) for status in allowed),
        )


def _get_due(intent: StripePaymentIntent) -> int | None:
    """The amount due for the booking. None without a booking: then this site sets no limit."""
    return None if intent.booking is None else intent.booking.amount_due


_RULES = {
    Action.CONFIRM: _Rule(
        lambda rules: rules.may_confirm,
        lambda: _("You are not allowed to confirm this payment."),
        _check_confirmable,
    ),
    Action.CAPTURE: _Rule(
        lambda rules: rules.may_capture,
        lambda: _("You are not allowed to capture this payment."),
        _check_capturable,
        get_capturable,
    ),
    Action.CANCEL: _Rule(
        lambda rules: rules.may_cancel,
        lambda: _("You are not allowed to cancel this payment."),
        _check_cancelable,
    ),
    Action.UPDATE: _Rule(
        lambda rules: rules.may_update,
        lambda: _("You are not allowed to change this payment."),
        _check_updatable,
        _get_due,
    ),
    Action.REFUND: _Rule(
        lambda rules: rules.may_refund,
        lambda: _("You are not allowed to refund this payment."),
        _check_refundable,
        lambda intent: intent.amount_refundable,
    ),
}
