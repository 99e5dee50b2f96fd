"""The admin, for staff. Rows written by Stripe or by us are read-only; actions call services."""

from . import (
    bookings,
    customers,
    dashboard,
    disputes,
    drift_findings,
    operations,
    payment_intents,
    payment_methods,
    payouts,
    refund_requests,
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
    "dashboard",
    "disputes",
    "drift_findings",
    "operations",
    "payment_intents",
    "payment_methods",
    "payouts",
    "refund_requests",
    "refunds",
    "setup_intents",
    "status_changes",
    "webhook_events",
]
