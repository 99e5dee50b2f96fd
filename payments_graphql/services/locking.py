from ..models import AbstractBooking, StripePaymentIntent, get_or_none, list_all_bookings


def lock_booking_of(payment_intent: StripePaymentIntent) -> AbstractBooking | None:
    """The current booking of the payment, locked. Lock it before the payment: see the order of
    locks in `operations`."""
    rows = list_all_bookings().select_for_update(of=("self",))
    # The caller's copy can be outdated and name another booking.
    booking_id = StripePaymentIntent.objects.filter(pk=payment_intent.pk).values("booking_id")
    booking: AbstractBooking | None = get_or_none(rows.filter(pk=booking_id[:1]))
    return booking
