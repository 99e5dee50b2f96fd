"""Which receivers of our signals the site has, in this process and in others.

Note [Receivers of the whole site]
The process that sends the signals of a change may not have every receiver: a site may connect some
only in its web process, and `payments_reconcile` does not know them. So each process with receivers
writes their names to the database when it first processes a payment, and then at most once an hour.
A change is done when every receiver on that list has been called without an error. A process that
lacks a receiver leaves the change to a process that has it (`signal_waits_for`) and does not read
it again. `payments_reconcile` and `payments_doctor` report a change that waits too long. If several
receivers are missing, the change waits for the one seen last, since the others may have been
renamed. A receiver that no process has had for 30 days is ignored. If a site has no receivers, the
list is empty and its changes are done at once.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from .. import signals
from ..models import SignalReceiver, StatusChange
from ..signals import Receiver, StatusSignal

_FRESH = 5.0
"""Seconds for which the list is cached."""
_ANNOUNCED_EVERY = 3600.0
FORGOTTEN_AFTER = timedelta(days=30)


class _Memory:
    """The state of this process, in monotonic time."""

    listed: Mapping[str, datetime] = {}
    listed_at: float | None = None
    announced: frozenset[str] = frozenset()
    announced_at: float = 0.0


def list_own(chosen: Iterable[StatusSignal] = signals.ALL) -> list[Receiver]:
    return [receiver for signal in chosen for receiver in signal.list_receivers(StatusChange)]


def has_any(signal: StatusSignal) -> bool:
    """Whether this or another process has receivers."""
    return signal.has_listeners(StatusChange) or bool(list_others(signal))


def list_others(*chosen: StatusSignal) -> list[str]:
    """The receivers on the site's list that this process does not have, last seen first."""
    prefixes = tuple(f"{signal.name}:" for signal in chosen)
    listed = _list()
    found = [name for name in listed if name.startswith(prefixes)]
    if not found:
        return []
    own = {receiver.name for receiver in list_own(chosen)}
    return sorted((name for name in found if name not in own), key=listed.__getitem__, reverse=True)


def announce() -> None:
    """Adds this process's receivers to the site's list. Call it outside of transactions, since it
    locks rows."""
    names = frozenset(receiver.name for receiver in list_own())
    now = time.monotonic()
    is_recent = now - _Memory.announced_at < _ANNOUNCED_EVERY
    if not names or (is_recent and names <= _Memory.announced):
        return
    SignalReceiver.objects.bulk_create(
        [SignalReceiver(name=name, seen_at=timezone.now()) for name in sorted(names)],
        update_conflicts=True,
        unique_fields=("name",),
        update_fields=("seen_at",),
    )
    _Memory.announced, _Memory.announced_at = names, now


def forget_receivers() -> None:
    """For tests: clears this process's cache, not the database."""
    _Memory.listed_at = None
    _Memory.announced = frozenset()


def _list() -> Mapping[str, datetime]:
    now = time.monotonic()
    if _Memory.listed_at is None or now - _Memory.listed_at >= _FRESH:
        since = timezone.now() - FORGOTTEN_AFTER
        found = SignalReceiver.objects.filter(seen_at__gt=since).values_list("name", "seen_at")
        _Memory.listed, _Memory.listed_at = dict(found), now
    return _Memory.listed
