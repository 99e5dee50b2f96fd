"""Counts what happens, for Prometheus. The room `prometheus` serves the counts at `/metrics`.

Note [What is counted, and when]
Each thing is counted at the one place that records it: a payment when the change of its status is
committed, an event when its row is written, an operation when it is settled. A replay, a duplicate
or a rolled-back transaction records nothing and so counts nothing. Counts are for charts and
alerts. They are lost if a process is killed at the wrong moment, and are not bookkeeping.

Note [Bounded labels]
Prometheus keeps a time series for each combination of labels, so no label has a value that a client
chooses. Whatever is not in a known list becomes "other". No label contains personal data: no user,
address, id, e-mail address or booking.

A failure to count is logged and never fails what was counted.
"""

from .counting import (
    count_card_testing,
    count_change,
    count_graphql,
    count_limit,
    count_operation,
    count_payload_error,
    count_processed_events,
    count_received_webhook,
    count_sign_in_refusal,
    count_stored_event,
    count_stripe_call,
    count_unplanned,
    show_open_streams,
)

__all__ = [
    "count_card_testing",
    "count_change",
    "count_graphql",
    "count_limit",
    "count_operation",
    "count_payload_error",
    "count_processed_events",
    "count_received_webhook",
    "count_sign_in_refusal",
    "count_stored_event",
    "count_stripe_call",
    "count_unplanned",
    "show_open_streams",
]
