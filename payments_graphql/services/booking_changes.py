"""Cancels the open payment of a booking whose price, status or user has changed, or whose customer
was deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import operations
from ..errors import ErrorCode, InvalidStateError, OperationInProgressError, PaymentError
from ..logs import get_logger
from ..models import (
    AbstractBooking,
    Operation,
    OperationState,
    PaymentIntentStatus,
    StripePaymentIntent,
    list_all_bookings,
    of_same_owner,
)
from . import bookings
from .bookings import is_outdated

__all__ = [
    "Release",
    "ReleaseOutcome",
    "cancel_outdated_intents",
    "release_if_outdated",
    "release_open_intent",
]

logger = get_logger(__name__)

BETWEEN_TRIES = timedelta(hours=1)
"""A cancellation that Stripe rejected is not repeated in every round."""


class ReleaseOutcome(StrEnum):
    NOTHING_OPEN = "nothing_open"
    STILL_RIGHT = "still_right"  # for exactly the amount due
    CANCELED = "canceled"
    PAID = "paid"  # it succeeded in the meantime; see `AbstractBooking.amount_overpaid`
    HELD = "held"  # processing or authorized: staff must decide
    AFTER_COMMIT = "after_commit"  # decided after the caller's transaction is committed
    LATER = "later"  # Stripe could not be reached: `payments_reconcile` cancels it if necessary


@dataclass(frozen=True)
class Release:
    outcome: ReleaseOutcome
    payment_intent: StripePaymentIntent | None = None


def release_open_intent(booking: AbstractBooking) -> Release:
    """Cancels the open payment of a booking. Call it after a change of the price, the status or the
    user is committed.

    Keeps a payment by the booking's user for exactly the amount due. Does not cancel a payment that
    is processing or authorized, because the customer's bank is involved; logs it instead. Raises
    `PaymentError` if Stripe cannot be reached or another operation on the payment is in progress.
    Then `payments_reconcile` cancels the payment later.
    """
    operations.refuse_open_transaction()
    for _attempt in range(3):
        intent = bookings.get_open_intent(booking)
        if intent is None:
            return Release(ReleaseOutcome.NOTHING_OPEN)
        if intent.stripe_payment_intent_id is None:
            bookings.wait_for_creation(intent)
            continue
        current: AbstractBooking = list_all_bookings().get(pk=booking.pk)
        if not is_outdated(intent, current) and intent.amount == current.amount_due:
            return Release(ReleaseOutcome.STILL_RIGHT, intent)
        return _cancel(intent)
    raise OperationInProgressError(
        _("Another payment for this booking is in progress. Try again in a moment.")
    )


def release_if_outdated(intent: StripePaymentIntent) -> None:
    """Call it before you return the payment to anyone: the site may not have reported a change of
    the booking."""
    if intent.is_payable and is_outdated(intent, intent.booking):
        _cancel(intent)


def cancel_outdated_intents(*, limit: int = 100) -> int:
    """For `payments_reconcile`: cancels open payments that are larger than the amount due or belong
    to another owner. The site's own code may have changed a booking without reporting it. Returns
    the number of canceled payments."""
    canceled = 0
    # A list, so that no cursor stays open while Stripe is called.
    for intent in list(islice(_iterate_outdated(), limit)):
        try:
            canceled += _cancel(intent).outcome == ReleaseOutcome.CANCELED
        except PaymentError as error:
            logger.warning("intent_not_released", payment_intent=str(intent.pk), code=error.code)
    return canceled


def _iterate_outdated() -> Iterator[StripePaymentIntent]:
    paid = StripePaymentIntent.objects.ours().filter(
        booking_id=OuterRef("booking_id"), status=PaymentIntentStatus.SUCCEEDED
    )
    tried = Operation.objects.filter(
        payment_intent=OuterRef("pk"),
        actor=bookings.ACTOR,
        state=OperationState.FAILED,
        created_at__gte=timezone.now() - BETWEEN_TRIES,
    ).exclude(error__code=ErrorCode.ABANDONED)
    booking_has_changed = Q(booking__isnull=False) & (
        Q(booking__canceled_at__isnull=False)
        | ~Q(currency=F("booking__currency"))
        | Q(amount__gt=F("booking__amount"))
        | ~of_same_owner(F, of="booking__")
        | Exists(paid)
    )
    may_be_outdated = (
        StripePaymentIntent.objects.ours()
        .accepted()
        .filter(
            Q(customer__deleted_at__isnull=False)
            | Q(customer__erased_at__isnull=False)
            | Q(customer__user__isnull=True)
            | booking_has_changed,
            ~Exists(tried),
            status__in=PaymentIntentStatus.payable(),
        )
        .select_related("booking", "customer")
    )
    for intent in may_be_outdated.iterator(chunk_size=200):
        if is_outdated(intent, intent.booking):
            yield intent


def _cancel(intent: StripePaymentIntent) -> Release:
    try:
        bookings.cancel_open_intent(intent)
    except InvalidStateError:
        intent.refresh_from_db()
        return _explain(intent)
    intent.refresh_from_db()
    logger.info("intent_released", payment_intent=str(intent.pk), booking=str(intent.booking_id))
    return Release(ReleaseOutcome.CANCELED, intent)


def _explain(intent: StripePaymentIntent) -> Release:
    """Explains why the payment could not be canceled, by its current status."""
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
