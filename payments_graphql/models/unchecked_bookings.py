from typing import Any

from django.db.models import Q

from .booking import list_all_bookings
from .dispute import StripeDispute
from .payment_intent import StripePaymentIntent
from .refund import StripeRefund


def list_unchecked_bookings() -> Any:
    """The keys of marked bookings, and of the bookings of marked payments, refunds and disputes.
    See Note [Unchecked rows]."""
    marked = Q(unchecked_since__isnull=False)
    bookings: Any = list_all_bookings().filter(marked).order_by()
    intents = StripePaymentIntent.objects.filter(marked, booking__isnull=False).order_by()
    return bookings.values("pk").union(
        intents.values("booking_id"),
        *(
            model._default_manager.filter(marked, payment_intent__booking__isnull=False)
            .order_by()
            .values("payment_intent__booking_id")
            for model in (StripeRefund, StripeDispute)
        ),
        all=True,
    )
