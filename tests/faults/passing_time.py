"""Simulates time passing for open work: everything that waits is moved into the past."""

from datetime import timedelta

from django.db.models import F

from payments_graphql.models import (
    Operation,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile

_MOVED = {
    Operation: ("created_at", "lease_expires_at", "next_attempt_at"),
    StripeWebhookEvent: ("received_at", "lease_expires_at", "next_attempt_at"),
    StatusChange: ("created_at",),
    StripePaymentIntent: ("next_read_at",),
    StripeRefund: ("next_read_at",),
    StripeDispute: ("next_read_at",),
    StripeSetupIntent: ("next_read_at",),
}
A_WHILE = timedelta(minutes=10)
"""Longer than any lease, and than the first waits between attempts."""


def let_time_pass(time: timedelta = A_WHILE) -> None:
    for model, names in _MOVED.items():
        model._default_manager.update(**{name: F(name) - time for name in names})


def reconcile_twice() -> None:
    for _ in range(2):
        let_time_pass()
        reconcile()
