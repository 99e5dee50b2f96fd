"""Causes each kind of problem, and lets it clear, as it happens on a site."""

from .cause import Cause, report
from .money import (
    CanceledButPaidBookings,
    DisputesToAnswer,
    ExpiringHolds,
    FailedRefunds,
    HoldsNotDue,
    OverpaidBookings,
    PaymentsNotCounted,
    RefundsToApprove,
)
from .running import (
    DeadEvents,
    Drift,
    LeftOverRows,
    OperationsToReview,
    OverdueEvents,
    OverdueOperations,
    ReconcileSilent,
    SilentWebhooks,
    UnfinishedImport,
    UnknownCustomers,
    UnsentSignals,
    WebhooksRefused,
    WrongApiVersion,
)

__all__ = ["CAUSES", "Cause", "report"]

CAUSES: dict[str, type[Cause]] = {
    "reconcile_silent": ReconcileSilent,
    "operations_to_review": OperationsToReview,
    "expiring_holds": ExpiringHolds,
    "drift": Drift,
    "disputes_to_answer": DisputesToAnswer,
    "failed_refunds": FailedRefunds,
    "refunds_to_approve": RefundsToApprove,
    "overpaid_bookings": OverpaidBookings,
    "canceled_but_paid_bookings": CanceledButPaidBookings,
    "payments_not_counted": PaymentsNotCounted,
    "holds_not_due": HoldsNotDue,
    "webhooks_refused": WebhooksRefused,
    "silent_webhooks": SilentWebhooks,
    "wrong_api_version": WrongApiVersion,
    "dead_events": DeadEvents,
    "overdue_events": OverdueEvents,
    "overdue_operations": OverdueOperations,
    "unsent_signals": UnsentSignals,
    "left_over_rows": LeftOverRows,
    "unfinished_import": UnfinishedImport,
    "unknown_customers": UnknownCustomers,
}
