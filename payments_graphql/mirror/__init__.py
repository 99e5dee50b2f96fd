"""Our copy of Stripe's objects. Only its `apply_*` functions write mirrored rows.

Operations, webhooks and reconciliation apply Stripe's objects through the same functions, so it
does not matter where an update comes from, how often, or in which order.
"""

from .charges import apply_charge
from .comparing import Comparison, compare_listed, fetch_and_compare, get_row
from .customers import adopt_customer, apply_customer
from .disputes import apply_dispute, remind_of_due_disputes
from .fees import fetch_fees
from .next_reads import get_next_read
from .outbox import (
    PATIENCE_WITH_SIGNALS,
    list_overdue_signals,
    send_missed_signals,
    send_signals,
    send_signals_of,
)
from .ownership import find_correlation_id, get_customer, get_operation_id, our_metadata
from .payment_intents import apply_payment_intent
from .payment_methods import apply_payment_method
from .reading import (
    MIRRORED,
    Mirrored,
    fetch_and_apply,
    fetch_and_rehearse,
    iterate_list,
    release_connection,
)
from .receivers import forget_receivers
from .refunds import apply_refund
from .rehearsal import Difference, is_rehearsing, rehearse
from .rows import parse_timestamp
from .setup_intents import apply_setup_intent
from .source import Held, NotOurs, ReadRequired, Source, WrongAnswer

__all__ = [
    "MIRRORED",
    "PATIENCE_WITH_SIGNALS",
    "Comparison",
    "Difference",
    "Held",
    "Mirrored",
    "NotOurs",
    "ReadRequired",
    "Source",
    "WrongAnswer",
    "adopt_customer",
    "apply_charge",
    "apply_customer",
    "apply_dispute",
    "apply_payment_intent",
    "apply_payment_method",
    "apply_refund",
    "apply_setup_intent",
    "compare_listed",
    "fetch_and_apply",
    "fetch_and_compare",
    "fetch_and_rehearse",
    "fetch_fees",
    "find_correlation_id",
    "forget_receivers",
    "get_customer",
    "get_next_read",
    "get_operation_id",
    "get_row",
    "is_rehearsing",
    "iterate_list",
    "list_overdue_signals",
    "our_metadata",
    "parse_timestamp",
    "rehearse",
    "release_connection",
    "remind_of_due_disputes",
    "send_missed_signals",
    "send_signals",
    "send_signals_of",
]
