"""Finish what was left open, bring what never came, and find what is wrong all the same.

Note [Reconciling on several machines]
Every step is claimed row by row by a conditional UPDATE, or is harmless when done twice, so that
any number of `payments_reconcile` may run at once. What a machine holds when it dies is taken up by
another after its lease, and a cursor moves only when everything before it is in the database."""

from .attention import Attention, get_attention, list_money_matters
from .bookings import check_bookings, mark_overlooked
from .drift import Finding, Survey, Verdict
from .left_over import count_left_over
from .money_at_risk import MoneyAtRisk
from .pulling import pull_events
from .rounds import Round, reconcile

__all__ = [
    "Attention",
    "Finding",
    "MoneyAtRisk",
    "Round",
    "Survey",
    "Verdict",
    "check_bookings",
    "count_left_over",
    "get_attention",
    "list_money_matters",
    "mark_overlooked",
    "pull_events",
    "reconcile",
]
