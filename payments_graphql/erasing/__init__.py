"""Forget a person: the books keep amounts, statuses, dates and ids, and nothing about who it was.

Note [Erasing]
In this order, each step repeatable, so that the same call after a crash comes to the same end:

    process ── the person's webhook events that are still due
    refuse ─── while money is in flight, before anything is changed
    mark ───── `erased_at`: from now on nothing is written about the person, see Note [Erased for
               good], and no new payment begins
    cancel ─── what is open at Stripe
    delete ─── the customer at Stripe, by an operation
    clear ──── our columns, the operations' requests and errors, the payloads of events

The Django user is the host's: it may be deleted before or after.
"""

from .clearing import count_rows
from .erasure import erase, refuse_in_flight
from .export import export
from .obstacles import list_obstacles
from .people import PersonKept, find_by_customer, find_by_name, find_of

__all__ = [
    "PersonKept",
    "count_rows",
    "erase",
    "export",
    "find_by_customer",
    "find_by_name",
    "find_of",
    "list_obstacles",
    "refuse_in_flight",
]
