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
    get_booking_model,
)
from ..policy import Person
from .refunds import create_refund

__all__ = ["refund_overpayment"]


class _NothingOverpaid(Exception):
    """Leaves the transaction before anything is written."""


def refund_overpayment(*, booking: AbstractBooking, user: Person = None) -> list[StripeRefund]:
    """Refund the newest payments until nothing is overpaid; none when nothing is.

    What is overpaid is counted anew under the booking's lock for each refund, with those under way:
    however often and by whomever it is asked, it is given back once. Raises `PaymentError`.
    """
    operations.refuse_open_transaction()
    made: list[StripeRefund] = []
    for intent in _list_refundable(booking):
        try:
            refund, _replayed = create_refund(
                payment_intent=intent,
                reason=RefundReason.DUPLICATE,
                description="Paid above the price of the booking.",
                user=user,
                lock_and_limit=lambda: _lock_and_count(booking),
            )
        except _NothingOverpaid:
            break
        except InvalidStateError:  # refunded or disputed since: the next one may do
            continue
        made.append(refund)
    if not made and _get(booking).amount_overpaid:
        raise InvalidStateError(
            _("Nothing can be refunded: a dispute or a refund under way holds the money."),
            current_status="held",
        )
    return made


def _lock_and_count(booking: AbstractBooking) -> int:
    locked: AbstractBooking = (
        get_booking_model()._default_manager.select_for_update().get(pk=booking.pk)
    )
    overpaid = locked.amount_overpaid
    if overpaid <= 0:
        raise _NothingOverpaid
    return overpaid


def _list_refundable(booking: AbstractBooking) -> list[StripePaymentIntent]:
    """Newest first."""
    succeeded = (
        StripePaymentIntent.objects.ours()
        .filter(booking_id=booking.pk, status=PaymentIntentStatus.SUCCEEDED)
        .select_related("customer")
        .prefetch_related("refunds", "disputes")
        .order_by("-created_at", "-id")
    )
    return [intent for intent in succeeded if intent.amount_refundable > 0]


def _get(booking: AbstractBooking) -> AbstractBooking:
    current: AbstractBooking = get_booking_model()._default_manager.get(pk=booking.pk)
    return current
