"""What the mirror does when it writes."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL

from .channel import CHANNEL
from .hub import list_hubs

_INTEGER = models.IntegerField()
# The cast makes a text of pg_notify's `void`, which cannot be compared.
_VALUE_AND_NOTIFY = "CASE WHEN pg_notify(%s, %s)::text = '' THEN %s END"


def announcing(value: int, payment_intent: UUID) -> Any:
    """`value`, to be written into an integer column of one row; writing it is the announcement.

    On PostgreSQL a part of the UPDATE itself: a statement of its own would cost more than all the
    rest of it. When the row is not found, nothing is announced. Otherwise on commit, to the streams
    of this process.
    """
    if connection.vendor == "postgresql":
        notify = (CHANNEL, str(payment_intent), value)
        return RawSQL(_VALUE_AND_NOTIFY, notify, _INTEGER)  # noqa: S611 (a constant)
    if list_hubs():
        transaction.on_commit(partial(wake_watchers, payment_intent), robust=True)
    return value


def wake_watchers(payment_intent: UUID) -> None:
    """Those of this process, from any thread."""
    for hub in list_hubs():
        hub.wake(payment_intent)
