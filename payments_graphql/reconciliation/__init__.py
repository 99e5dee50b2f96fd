"""Finishes what was left open, reads what never arrived, and finds what is wrong anyway.

Note [Reconciling on several machines]
Every step claims rows with a conditional UPDATE, or is harmless if done twice, so any number of
`payments_reconcile` processes may run at once. If a machine dies, another takes over its rows after
the lease. A cursor only moves when everything before it is in the database."""

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
