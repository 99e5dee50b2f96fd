"""Finishes what was left open, reads what never arrived, and finds what is wrong anyway.

Note [Reconciling on several machines]
Every step claims rows with a conditional UPDATE, or is harmless if done twice, so any number of
`payments_reconcile` processes may run at once. If a machine dies, another takes over its rows after
the lease. A cursor only moves when everything before it is in the database."""

from .bookings import (
    check_bookings,
    iterate_marked_bookings,
    mark_overlooked,
    prefetch_money,
)
from .describing import describe_finding, describe_money
from .drift import Finding, Survey, Verdict
from .found_drift import FoundDrift
from .left_over import LEFT_OVER, describe_left_over
from .money_at_risk import MoneyAtRisk
from .pulling import pull_events
from .rounds import Round, reconcile

__all__ = [
    "LEFT_OVER",
    "Finding",
    "FoundDrift",
    "MoneyAtRisk",
    "Round",
    "Survey",
    "Verdict",
    "check_bookings",
    "describe_finding",
    "describe_left_over",
    "describe_money",
    "iterate_marked_bookings",
    "mark_overlooked",
    "prefetch_money",
    "pull_events",
    "reconcile",
]
