"""Finish what was left open, bring what never came, and find what is wrong all the same.

Note [Reconciling on several machines]
Every step is claimed row by row by a conditional UPDATE, or is harmless when done twice, so that
any number of `reconcile` may run at once. What a machine holds when it dies is taken up by another
after its lease, and a cursor moves only when everything before it is in the database.
"""

from .attention import Attention, get_attention
from .drift import Finding, Survey, Verdict
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
    "get_attention",
    "pull_events",
    "reconcile",
]
