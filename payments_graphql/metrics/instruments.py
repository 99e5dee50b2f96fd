"""The counters, histograms and gauges. docs/monitoring.md lists them.

Note [Several processes]
A scrape reaches only one of the site's processes. If the environment variable
`PROMETHEUS_MULTIPROC_DIR` names a directory, prometheus-client keeps the counts of each process in
files there, and a scrape adds them up. It reads the variable once, when it is first imported.
"""

import os
from pathlib import Path

MULTIPROCESS_DIRECTORY = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if MULTIPROCESS_DIRECTORY:
    # prometheus-client opens files there when it counts, and does not create it.
    Path(MULTIPROCESS_DIRECTORY).mkdir(parents=True, exist_ok=True)

# Imported after the directory exists. Not in the default registry, so that a site that serves its
# own metrics does not serve ours twice.
from prometheus_client import Counter, Gauge, Histogram  # noqa: E402 (as above)


def _count(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(name, help_text, labels, registry=None)


PAYMENTS = _count(
    "payments",
    "Payments that reached an outcome. Each declined attempt counts.",
    "outcome",
    "currency",
)
DECLINES = _count(
    "payments_declines", "Failed attempts to pay, by Stripe's code.", "code", "currency"
)
REFUNDS = _count(
    "payments_refunds", "Refunds that reached a status at Stripe.", "status", "currency"
)
DISPUTES = _count(
    "payments_disputes", "Disputes that reached a status at Stripe.", "status", "currency"
)
SETUPS = _count("payments_setups", "Attempts to save a card.", "outcome")
AMOUNT = _count(
    "payments_amount",
    "Money in major units of the currency: 99.99 USD is 99.99.",
    "flow",
    "currency",
)
STRIPE_CALLS = _count("payments_stripe_calls", "Calls of Stripe.", "call", "outcome")
STRIPE_SECONDS = Histogram(
    "payments_stripe_call_seconds",
    "How long calls of Stripe took that were made.",
    ("call",),
    registry=None,
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 20),
)
WEBHOOKS = _count("payments_webhooks", "Requests to the webhook endpoint.", "result")
WEBHOOK_DELAY = Histogram(
    "payments_webhook_delay_seconds",
    "The time from the creation of an event at Stripe until it was stored.",
    ("source",),
    registry=None,
    buckets=(1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)
EVENTS = _count("payments_webhook_events", "Attempts to process a stored event.", "state")
OPERATIONS = _count(
    "payments_operations_settled",
    "Operations that were settled or left to a person.",
    "kind",
    "state",
)
GRAPHQL = _count(
    "payments_graphql_requests",
    "GraphQL requests, by their root field.",
    "operation",
    "type",
    "outcome",
)
GRAPHQL_SECONDS = Histogram(
    "payments_graphql_request_seconds",
    "How long GraphQL requests took.",
    ("type",),
    registry=None,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PAYLOAD_ERRORS = _count(
    "payments_graphql_payload_errors", "Errors that mutations returned as data.", "code"
)
UNPLANNED = _count(
    "payments_graphql_unplanned",
    "Objects of queries that no plan could write, which takes longer.",
    "type",
    "reason",
)
STREAMS = Gauge(
    "payments_open_streams",
    "Open GraphQL subscriptions.",
    ("transport",),
    registry=None,
    multiprocess_mode="livesum",
)
LIMITS = _count("payments_limits_hit", "Requests refused by a limit.", "limit")
CARD_TESTING = _count(
    "payments_card_testing",
    "Payments refused or canceled because their customer seems to test cards.",
    "action",
)
SIGN_INS = _count("payments_sign_in_refusals", "Refused attempts to sign in.", "reason")

ALL: tuple[Counter | Gauge | Histogram, ...] = (
    PAYMENTS,
    DECLINES,
    REFUNDS,
    DISPUTES,
    SETUPS,
    AMOUNT,
    STRIPE_CALLS,
    STRIPE_SECONDS,
    WEBHOOKS,
    WEBHOOK_DELAY,
    EVENTS,
    OPERATIONS,
    GRAPHQL,
    GRAPHQL_SECONDS,
    PAYLOAD_ERRORS,
    UNPLANNED,
    STREAMS,
    LIMITS,
    CARD_TESTING,
    SIGN_INS,
)
"""Each value of several processes is the sum of theirs: also of the gauge, which only living
processes have."""
