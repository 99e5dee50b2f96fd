"""Detects that two payments of one booking succeeded, which cannot always be prevented."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..logs import get_logger
from ..models import (
    AbstractBooking,
    StripeCustomer,
    StripePaymentIntent,
    balance,
    get_or_none,
    list_all_bookings,
)

logger = get_logger(__name__)


def warn_if_overpaid(intent: StripePaymentIntent | None) -> None:
    """Logs an overpaid booking after the payment has succeeded, at least once, like signals.

    Runs after the commit: if two payments succeed at the same moment, neither transaction sees the
    other, but the last to get here sees both.
    """
    if intent is None or intent.booking_id is None:
        return
    booking: AbstractBooking | None = get_or_none(
        list_all_bookings().filter(
            Q(canceled_at__isnull=False)
            | Q(amount__lt=intent.amount_received)
            | ~Q(currency=intent.currency)
            | ~Exists(StripeCustomer.objects.filter(pk=intent.customer_id, user=OuterRef("user")))
            | Exists(_list_others(intent)),
            pk=intent.booking_id,
        )
    )
    if booking is None:
        return
    if not balance.is_of_booking(intent, booking):
        _warn("booking_payment_not_counted", booking, intent, amount=intent.amount_received)
    elif overpaid := booking.amount_overpaid:
        _warn("booking_overpaid", booking, intent, overpaid=overpaid)


def _list_others(intent: StripePaymentIntent) -> QuerySet[StripePaymentIntent]:
    return StripePaymentIntent.objects.filter(
        booking_id=OuterRef("pk"), status__in=balance.BRING_MONEY
    ).exclude(pk=intent.pk)


def _warn(
    event: str, booking: AbstractBooking, intent: StripePaymentIntent, **amounts: int
) -> None:
    logger.error(
        event,
        booking=str(booking.pk),
        payment_intent=str(intent.pk),
        stripe_id=intent.stripe_payment_intent_id,
        currency=intent.currency,
        is_canceled=booking.canceled_at is not None,
        **amounts,
    )
