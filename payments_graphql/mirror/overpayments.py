"""Two payments of one booking succeeded all the same. What could not be prevented is detected."""

from ..logs import get_logger
from ..models import AbstractBooking, PaymentIntentStatus, StripePaymentIntent

logger = get_logger(__name__)


def warn_if_overpaid(intent: StripePaymentIntent | None) -> None:
    """For people, once the payment has succeeded; at least once, as signals are.

    After the commit: of two payments that succeed at the same moment, neither transaction sees the
    other, and whoever comes here last sees both.
    """
    booking: AbstractBooking | None = intent.booking if intent is not None else None
    if intent is None or booking is None:
        return
    others = StripePaymentIntent.objects.filter(
        booking_id=booking.pk, status=PaymentIntentStatus.SUCCEEDED
    ).exclude(pk=intent.pk)
    may_be_too_much = (
        booking.canceled_at is not None
        or intent.amount_received > booking.amount
        or others.exists()
    )
    overpaid = booking.amount_overpaid if may_be_too_much else 0
    if overpaid:
        logger.error(
            "booking_overpaid",
            booking=str(booking.pk),
            payment_intent=str(intent.pk),
            stripe_id=intent.stripe_payment_intent_id,
            overpaid=overpaid,
            currency=booking.currency,
            is_canceled=booking.canceled_at is not None,
        )
