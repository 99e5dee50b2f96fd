"""A booking names the price, and has at most one open payment at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import money, operations
from ..conf import conf
from ..errors import AmountError, ErrorCode, InvalidStateError, NotFoundError, ValidationError
from ..models import (
    AbstractBooking,
    Operation,
    OperationKind,
    OperationState,
    PaymentIntentStatus,
    StripePaymentIntent,
    StripePaymentMethod,
    get_booking_model,
    get_or_none,
)


class OpenIntentFound(Exception):
    """The booking has an open payment already. Leaves the transaction before anything is done."""

    def __init__(self, intent: StripePaymentIntent, wanted: "Wanted") -> None:
        self.intent = intent
        self.wanted = wanted


@dataclass(frozen=True)
class Wanted:
    """What decides whether the open payment serves; `amount` in minor units."""

    amount: int
    capture_method: str
    setup_future_usage: str
    payment_method: StripePaymentMethod | None

    def is_met_by(self, intent: StripePaymentIntent) -> bool:
        method = self.payment_method
        return (
            intent.amount == self.amount
            and intent.capture_method == self.capture_method
            and intent.setup_future_usage == self.setup_future_usage
            and (method is None or intent.payment_method_id == method.pk)
        )


def refuse_other_users(booking: AbstractBooking, *, user: AbstractBaseUser) -> None:
    """Somebody else's booking is as if it did not exist."""
    if booking.user_id != user.pk:
        raise NotFoundError(_("No such booking."), path=("bookingId",))


def lock_booking(booking: AbstractBooking, *, user: AbstractBaseUser) -> AbstractBooking:
    """The booking as it is now, locked; somebody else's is as if it did not exist."""
    rows = get_booking_model()._default_manager.select_for_update()
    locked: AbstractBooking | None = get_or_none(rows.filter(pk=booking.pk, user_id=user.pk))
    if locked is None:
        raise NotFoundError(_("No such booking."), path=("bookingId",))
    return locked


def price(
    booking: AbstractBooking, amount: int | None, currency: str | None, *, partial: bool
) -> tuple[int, str]:
    """Minor units and currency to charge: what is due, or a part of it when `partial` is asked."""
    if booking.canceled_at is not None:
        raise InvalidStateError(
            _("The booking was canceled, so it can no longer be paid."),
            path=("bookingId",),
            current_status="canceled",
        )
    if currency is not None and currency != booking.currency:
        raise ValidationError(
            _("The booking is priced in %(currency)s, not %(given)s.")
            % {"currency": booking.currency, "given": currency},
            code=ErrorCode.AMOUNT_MISMATCH,
            path=("currency",),
        )
    due = booking.amount_due
    if due <= 0:
        raise InvalidStateError(
            _("The booking is paid already."), path=("bookingId",), current_status="paid"
        )
    if amount is None or amount == due:
        return due, booking.currency
    if amount > due or not partial:
        message = (
            _("The booking has %(due)s due; pay at most that.")
            if partial
            else _("The booking has %(due)s due; pay that, or ask for a partial payment.")
        )
        raise AmountError(
            message % {"due": money.format_amount(due, booking.currency)},
            code=ErrorCode.AMOUNT_MISMATCH,
            path=("amount",),
            currency=booking.currency,
            maximum=money.to_decimal(due, booking.currency),
        )
    return amount, booking.currency


def refuse_second_open_intent(booking: AbstractBooking, *, wanted: Wanted) -> None:
    """Under the booking's lock. Raises `OpenIntentFound`."""
    intent = get_open_intent(booking)
    if intent is not None:
        raise OpenIntentFound(intent, wanted)


def get_open_intent(booking: AbstractBooking) -> StripePaymentIntent | None:
    """Also one that Stripe has not accepted yet."""
    return (
        StripePaymentIntent.objects.filter(booking_id=booking.pk, livemode=conf.livemode)
        .exclude(status__in=PaymentIntentStatus.terminal())
        .first()
    )


def settle_open_intent(found: OpenIntentFound) -> StripePaymentIntent | None:
    """The open payment when it is the one that is wanted; None once it is out of the way."""
    intent = found.intent
    if intent.stripe_payment_intent_id is None:
        join_creation(intent)
        return None
    if intent.is_payable and found.wanted.is_met_by(intent):
        return intent
    if not intent.is_payable:
        raise InvalidStateError(
            _(
                'The booking has a payment with the status "%(status)s"; wait until it is settled, '
                "which takes days where a bank is asked."
            )
            % {"status": intent.get_status_display().lower()},
            path=("bookingId",),
            current_status=intent.status,
        )
    cancel_open_intent(intent, check=lambda _: None)
    return None


def join_creation(intent: StripePaymentIntent) -> None:
    """Wait until Stripe has accepted it, or not. Raises the `PaymentError` of its creation."""
    creation = Operation.objects.filter(
        payment_intent=intent, kind=OperationKind.CREATE_PAYMENT_INTENT
    ).first()
    if creation is not None and creation.state in OperationState.resumable():
        operations.join(creation)


def cancel_open_intent(
    intent: StripePaymentIntent, *, check: Callable[[StripePaymentIntent], None]
) -> None:
    operations.perform_move(
        kind=OperationKind.CANCEL_PAYMENT_INTENT,
        actor="system:bookings",
        payment_intent=intent,
        parameters={"cancellation_reason": "abandoned"},
        check=check,
    )
