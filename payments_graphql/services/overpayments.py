"""Give back what was paid above a booking's price."""

from django.utils.translation import gettext as _

from .. import operations
from ..errors import InvalidStateError
from ..models import (
    AbstractBooking,
    PaymentIntentStatus,
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
    """Refund the newest payments until nothing is overpaid; none when nothing is.

    What is overpaid is counted anew under the booking's lock for each refund, with those in
    progress: however often and by whomever it is asked, it is given back once. Money that an open
    dispute may still take is not overpaid yet. Raises `PaymentError`.
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
        except InvalidStateError:  # it cannot be refunded any more: the next one may do
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
    """The caller may have had it for a while."""
    current: AbstractBooking = list_all_bookings().get(pk=booking.pk)
    return current


def _list_refundable(booking: AbstractBooking) -> list[StripePaymentIntent]:
    """Newest first."""
    succeeded = (
        StripePaymentIntent.objects.ours()
        .filter(booking_id=booking.pk, status=PaymentIntentStatus.SUCCEEDED)
        .select_related("customer")
        .prefetch_related("refunds", "disputes")
        .order_by("-created_at", "-id")
    )
    return [
        intent
        for intent in succeeded
        if balance.is_of_booking(intent, booking) and intent.amount_refundable > 0
    ]
