"""Refunds what was paid above the price of a booking."""

from django.utils.translation import gettext as _

from .. import operations
from ..errors import InvalidStateError
from ..models import (
    AbstractBooking,
    RefundReason,
    StripePaymentIntent,
    StripeRefund,
    balance,
    list_all_bookings,
)
from ..policy import Person
from .refunds import NothingOverpaid, create_refund

__all__ = ["refund_overpayment"]


def refund_overpayment(*, booking: AbstractBooking, user: Person = None) -> list[StripeRefund]:
    """Refunds the newest payments until nothing is overpaid. Returns the refunds, or an empty list
    if nothing is overpaid.

    For each refund, counts the overpaid amount again under the booking's lock, including refunds in
    progress, so that nothing is refunded twice. Money that an open dispute may take does not count
    as overpaid. Raises `PaymentError`.
    """
    operations.refuse_open_transaction()
    made: list[StripeRefund] = []
    for intent in _list_refundable(_read(booking)):
        try:
            refund, _replayed = create_refund(
                payment_intent=intent,
                reason=RefundReason.DUPLICATE,
                description="Paid above the price of the booking.",
                user=user,
                only_overpaid=True,
            )
        except NothingOverpaid:
            break
        except InvalidStateError:  # it can no longer be refunded: try the next one
            continue
        made.append(refund)
    if not made:
        _refuse_held(booking)
    return made


def _refuse_held(booking: AbstractBooking) -> None:
    current = _read(booking)
    if current.amount_overpaid or current.sum_up().held:
        raise InvalidStateError(
            _("Nothing can be refunded now, because a dispute or another refund is in progress."),
            current_status="held",
        )


def _read(booking: AbstractBooking) -> AbstractBooking:
    """Reads the booking again, since the caller's copy can be outdated."""
    current: AbstractBooking = list_all_bookings().get(pk=booking.pk)
    return current


def _list_refundable(booking: AbstractBooking) -> list[StripePaymentIntent]:
    """The payments that count, newest first. `create_refund` rejects those without money left."""
    intents = StripePaymentIntent.objects.filter(booking_id=booking.pk).order_by("-created_at")
    return [intent for intent in intents if balance.counts(intent, booking)]
