"""A booking was repriced or canceled: the payment that is open for it is out of date."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from .. import operations
from ..conf import conf
from ..errors import InvalidStateError, OperationInProgressError, PaymentError
from ..logs import get_logger
from ..models import (
    AbstractBooking,
    PaymentIntentStatus,
    StripePaymentIntent,
    balance,
    get_booking_model,
)
from . import bookings

__all__ = ["Release", "ReleaseOutcome", "cancel_outdated_intents", "release_open_intent"]

logger = get_logger(__name__)


class ReleaseOutcome(StrEnum):
    NOTHING_OPEN = "nothing_open"
    STILL_RIGHT = "still_right"  # for just what is due
    CANCELED = "canceled"
    PAID = "paid"  # it succeeded meanwhile; see `AbstractBooking.amount_overpaid`
    HELD = "held"  # processing or authorised: for a person to decide


@dataclass(frozen=True)
class Release:
    outcome: ReleaseOutcome
    payment_intent: StripePaymentIntent | None = None


def release_open_intent(booking: AbstractBooking) -> Release:
    """After its price or its cancellation has changed and was committed: cancel its open payment.

    One for just what is due now stays. One that is processing or authorised is not canceled, but
    logged, as the customer's bank has been asked. Raises `PaymentError` when Stripe cannot be asked
    or another operation on the payment is under way; `reconcile` does it then.
    """
    operations.refuse_open_transaction()
    for _attempt in range(3):
        intent = bookings.get_open_intent(booking)
        if intent is None:
            return Release(ReleaseOutcome.NOTHING_OPEN)
        if intent.stripe_payment_intent_id is None:
            _wait_for_creation(intent)
            continue
        current: AbstractBooking = get_booking_model()._default_manager.get(pk=booking.pk)
        if not is_outdated(intent, current) and intent.amount == current.amount_due:
            return Release(ReleaseOutcome.STILL_RIGHT, intent)
        return _cancel(intent)
    raise OperationInProgressError(
        _("A payment for this booking is being made. Try again in a moment.")
    )


def is_outdated(intent: StripePaymentIntent, booking: AbstractBooking) -> bool:
    """Paying it would take what nobody owes. A smaller amount may be a part that was asked for."""
    return (
        booking.canceled_at is not None
        or not balance.is_of_booking(intent, booking)
        or intent.amount > booking.amount_due
    )


def cancel_outdated_intents(*, limit: int = 100) -> int:
    """For `reconcile`, as code of the site's own may change a booking and tell nobody: cancel open
    payments that would take what nobody owes; how many were."""
    canceled = 0
    # Chosen first: the database is not held while Stripe is asked.
    for intent in list(islice(_iterate_outdated(), limit)):
        try:
            canceled += _cancel(intent).outcome == ReleaseOutcome.CANCELED
        except PaymentError as error:
            logger.warning("intent_not_released", payment_intent=str(intent.pk), code=error.code)
    return canceled


def _iterate_outdated() -> Iterator[StripePaymentIntent]:
    paid = StripePaymentIntent.objects.filter(
        booking_id=OuterRef("booking_id"), status=PaymentIntentStatus.SUCCEEDED
    )
    may_be_outdated = (
        StripePaymentIntent.objects.accepted()
        .filter(
            Q(booking__canceled_at__isnull=False)
            | ~Q(currency=F("booking__currency"))
            | Q(amount__gt=F("booking__amount"))
            | Exists(paid),
            booking__isnull=False,
            livemode=conf.livemode,
            status__in=PaymentIntentStatus.payable(),
        )
        .select_related("booking", "customer")
    )
    for intent in may_be_outdated.iterator(chunk_size=200):
        if intent.booking is not None and is_outdated(intent, intent.booking):
            yield intent


def _wait_for_creation(intent: StripePaymentIntent) -> None:
    try:
        bookings.join_creation(intent)
    except PaymentError as error:
        if error.retryable:
            raise


def _cancel(intent: StripePaymentIntent) -> Release:
    try:
        bookings.cancel_open_intent(intent, check=_check_payable)
    except InvalidStateError:
        intent.refresh_from_db()
        return _explain(intent)
    intent.refresh_from_db()
    logger.info("intent_released", payment_intent=str(intent.pk), booking=str(intent.booking_id))
    return Release(ReleaseOutcome.CANCELED, intent)


def _check_payable(intent: StripePaymentIntent) -> None:
    if not intent.is_payable:
        raise InvalidStateError(
            _("The payment is %(status)s by now.") % {"status": intent.status},
            current_status=intent.status,
        )


def _explain(intent: StripePaymentIntent) -> Release:
    """Why it could not be canceled: what it is by now."""
    if intent.status == PaymentIntentStatus.CANCELED:
        return Release(ReleaseOutcome.CANCELED, intent)
    is_paid = intent.status == PaymentIntentStatus.SUCCEEDED
    logger.warning(
        "intent_not_released",
        payment_intent=str(intent.pk),
        booking=str(intent.booking_id),
        status=str(intent.status),
    )
    return Release(ReleaseOutcome.PAID if is_paid else ReleaseOutcome.HELD, intent)
