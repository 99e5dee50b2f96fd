"""Two payments of one booking succeeded all the same. What could not be prevented is detected."""

from django.db.models import Exists, OuterRef, Q

from ..logs import get_logger
from ..models import (
    AbstractBooking,
    PaymentIntentStatus,
    StripePaymentIntent,
    get_booking_model,
    get_or_none,
)

logger = get_logger(__name__)


def warn_if_overpaid(intent: StripePaymentIntent | None) -> None:
    """For people, once the payment has succeeded; at least once, as signals are.

    After the commit: of two payments that succeed at the same moment, neither transaction sees the
    other, and whoever comes here last sees both.
    """
    if intent is None or intent.booking_id is None:
        return
    others = StripePaymentIntent.objects.filter(
        booking_id=OuterRef("pk"), status=PaymentIntentStatus.SUCCEEDED
    ).exclude(pk=intent.pk)
    booking: AbstractBooking | None = get_or_none(
        get_booking_model()._default_manager.filter(
            Q(canceled_at__isnull=False) | Q(amount__lt=intent.amount_received) | Exists(others),
            pk=intent.booking_id,
        )
    )
    overpaid = booking.amount_overpaid if booking is not None else 0
    if booking is not None and overpaid:
        logger.error(
            "booking_overpaid",
            booking=str(booking.pk),
            payment_intent=str(intent.pk),
            stripe_id=intent.stripe_payment_intent_id,
            overpaid=overpaid,
            currency=booking.currency,
            is_canceled=booking.canceled_at is not None,
        )
