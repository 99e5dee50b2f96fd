"""Erases a person. The books keep amounts, statuses, dates and ids, but nothing about the person.

Note [Erasing]
The steps, in this order. Each can be repeated, so after a crash the same call finishes the work:

    process ── the person's due webhook events
    refuse ─── while money is in flight, before anything is changed
    mark ───── set `erased_at`: from now on nothing about the person is stored, see Note [Erased for
               good], and no new payment can start
    cancel ─── open payments and setups at Stripe
    delete ─── the customer at Stripe, through an operation
    clear ──── our columns, the operations' requests and errors, the payloads of events

The Django user belongs to the site, which may delete it before or after.
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
