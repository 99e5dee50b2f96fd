"""The one place that knows what is wrong.

The admin, `payments_doctor`, `payments_reconcile`, the metrics and the alerts all ask here, so they
say the same. `kinds/` has a module per family; docs/runbook.md explains each kind.
"""

from .catalog import ALL, get_kind, list_kinds
from .examining import describe, examine
from .kind import Action, Kind, Level, Problem, Rows, State
from .recipients import MailRecipient, UrlRecipient
from .storing import get_checked_problems, get_problems, list_stored_problems, refresh
from .watching import Recipient, tell

__all__ = [
    "ALL",
    "Action",
    "Kind",
    "Level",
    "MailRecipient",
    "Problem",
    "Recipient",
    "Rows",
    "State",
    "UrlRecipient",
    "describe",
    "examine",
    "get_checked_problems",
    "get_kind",
    "get_problems",
    "list_kinds",
    "list_stored_problems",
    "refresh",
    "tell",
]
