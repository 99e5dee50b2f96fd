"""How the mirror announces what it writes."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL

from .channel import CHANNEL
from .hub import list_hubs

_INTEGER = models.IntegerField()
# The cast converts the `void` of pg_notify, which cannot be compared, to text.
_VALUE_AND_NOTIFY = "CASE WHEN pg_notify(%s, %s)::text = '' THEN %s END"


def announcing(value: int, payment_intent: UUID) -> Any:
    """Returns `value` for an integer column of one row. Writing it announces the change.

    On PostgreSQL the NOTIFY is part of the UPDATE, since a separate statement would more than
    double the cost. If the row is not found, nothing is announced. On other databases, the streams
    of this process are woken on commit.
    """
    if connection.vendor == "postgresql":
        notify = (CHANNEL, str(payment_intent), value)
        return RawSQL(_VALUE_AND_NOTIFY, notify, _INTEGER)  # noqa: S611 (a constant)
    if list_hubs():
        transaction.on_commit(partial(wake_watchers, payment_intent), robust=True)
    return value


def wake_watchers(payment_intent: UUID) -> None:
    """Wakes the viewers in this process. Call it from any thread."""
    for hub in list_hubs():
        hub.wake(payment_intent)
