"""The admin, for staff. Rows written by Stripe or by us are read-only; actions call services."""

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
from .users import PaymentsOfUserMixin

__all__ = [
    "PaymentsOfUserMixin",
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
