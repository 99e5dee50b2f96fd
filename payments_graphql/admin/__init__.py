"""For the people who run the site. What Stripe or we wrote is read-only; actions call services."""

from . import (
    bookings,
    customers,
    disputes,
    operations,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    status_changes,
    webhook_events,
)

__all__ = [
    "bookings",
    "customers",
    "disputes",
    "operations",
    "payment_intents",
    "payment_methods",
    "refunds",
    "setup_intents",
    "status_changes",
    "webhook_events",
]
