"""Sends signals after the commit. The rows are the outbox, so a crash loses none."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from .. import signals
from ..logs import get_logger
from ..models import (
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
    SignalReceiver,
    StatusChange,
    of_ours,
)
from ..signals import StatusSignal
from . import receivers
from .overpayments import warn_if_overpaid

logger = get_logger(__name__)

_MOST = 500
"""The number of changes per run."""

PATIENCE_WITH_SIGNALS = timedelta(minutes=15)
"""How long a signal may stay unsent before a person should look."""

_OF_INTENT: dict[str, StatusSignal] = {
    PaymentIntentStatus.SUCCEEDED: signals.payment_intent_succeeded,
    PaymentIntentStatus.CANCELED: signals.payment_intent_canceled,
    PaymentIntentStatus.REQUIRES_CAPTURE: signals.payment_intent_authorized,
}
_OF_REFUND: dict[str, StatusSignal] = {
    RefundStatus.SUCCEEDED: signals.refund_settled,
    RefundStatus.FAILED: signals.refund_failed,
}
_BRING_MONEY = (
    signals.payment_intent_succeeded,
    signals.refund_failed,
    signals.dispute_closed,
)
_OF_SETUP: dict[str, StatusSignal] = {SetupIntentStatus.SUCCEEDED: signals.setup_intent_succeeded}


def is_to_be_told(change: StatusChange) -> bool:
    """Whether a signal must be sent. Most signals have no receivers."""
    return any(signal in _BRING_MONEY or receivers.has_any(signal) for signal in _choose(change))


def send_signals(changes: Sequence[StatusChange]) -> bool:
    """Sends the signals of `changes`, as in `Source.recorded`, right after the commit. Returns True
    if there are receivers, since they may have changed more."""
    receivers.announce()
    if any(signal.has_listeners(StatusChange) for one in changes for signal in _choose(one)):
        # Reload the changes, so that receivers see the payment's current state.
        pks = [change.pk for change in changes]
        _send(StatusChange.objects.filter(pk__in=pks, signaled_at=None))
        return True
    _send_all(changes)
    return False


def send_signals_of(cause_ids: Collection[str]) -> None:
    """Sends the signals of operations or events that another process may have applied."""
    if cause_ids:
        _send(StatusChange.objects.filter(signaled_at=None, cause_id__in=cause_ids))


def send_missed_signals(*, older_than: timedelta = timedelta(seconds=30)) -> int:
    """Sends signals that were left over after a crash or a receiver's error. In live mode, those of
    test payments are not sent."""
    receivers.announce()
    left = _list_unsent(older_than)
    others = receivers.list_others(*signals.ALL)
    return _send(left.exclude(signal_waits_for__in=others) if others else left)


def list_overdue_signals() -> QuerySet[StatusChange]:
    """Changes that some receiver has not received for a while, because it raises an error or is
    missing in the sending process. Receivers that no process has had since the change do not count:
    they were renamed or removed."""
    was_seen = SignalReceiver.objects.filter(
        name=OuterRef("signal_waits_for"), seen_at__gte=OuterRef("created_at")
    )
    return _list_unsent(PATIENCE_WITH_SIGNALS).filter(Q(signal_waits_for="") | Exists(was_seen))


def _list_unsent(older_than: timedelta) -> QuerySet[StatusChange]:
    return StatusChange.objects.filter(
        of_ours("payment_intent__", "setup_intent__"),
        signaled_at=None,
        created_at__lte=timezone.now() - older_than,
    )


def _send(changes: QuerySet[StatusChange]) -> int:
    # Other related objects are loaded when a receiver uses them: four joins for each event would
    # cost more than everything else here.
    return _send_all(
        changes.select_related("payment_intent").order_by("signal_attempts", "pk")[:_MOST]
    )


def _send_all(changes: Iterable[StatusChange]) -> int:
    sent = 0
    untouched: dict[str, list[int]] = {}
    for change in changes:
        chosen = _choose(change)
        if not change.signal_attempts and any(signal in _BRING_MONEY for signal in chosen):
            warn_if_overpaid(change.payment_intent)
        called, has_failed = _call_receivers(chosen, change)
        others = receivers.list_others(*chosen)
        waits_for = next((name for name in others if name not in called), "")
        if has_failed:
            # Sorted after changes not tried yet, so that a broken receiver does not delay others.
            attempts = F("signal_attempts") + 1
            _update([change.pk], signal_attempts=attempts, signaled_to=sorted(called))
        elif called == set(change.signaled_to):
            untouched.setdefault(waits_for, []).append(change.pk)
        elif waits_for:
            _update([change.pk], signal_waits_for=waits_for, signaled_to=sorted(called))
        else:
            sent += _mark_sent([change.pk])
    for waits_for, pks in untouched.items():
        if waits_for:
            logger.warning("signals_wait_for_receiver", receiver=waits_for, status_changes=pks)
            _update(pks, signal_waits_for=waits_for)
        else:
            sent += _mark_sent(pks)
    return sent


def _call_receivers(
    chosen: tuple[StatusSignal, ...], change: StatusChange
) -> tuple[set[str], bool]:
    """Calls this process's receivers that have not been called. Returns the names of all receivers
    called so far, and whether one raised an error."""
    called = set(change.signaled_to)
    has_failed = False
    for signal in chosen:
        for receiver in signal.list_receivers(StatusChange):
            if receiver.name in called:
                continue
            error = signal.call(receiver, StatusChange, status_change=change)
            if error is None:
                called.add(receiver.name)
                continue
            has_failed = True
            logger.error(
                "signal_receiver_failed",
                exc_info=error,
                status_change=change.pk,
                receiver=receiver.name,
                error=type(error).__name__,
                attempt=change.signal_attempts + 1,
            )
    return called, has_failed


def _mark_sent(pks: list[int]) -> int:
    return _update(pks, signaled_at=timezone.now(), signaled_to=[], signal_waits_for="")


def _update(pks: list[int], **values: Any) -> int:
    """Skips changes whose signals another process has sent in the meantime."""
    return StatusChange.objects.filter(pk__in=pks, signaled_at=None).update(**values)


def _choose(change: StatusChange) -> tuple[StatusSignal, ...]:
    """The signals of a change. A dispute can have several if it changed twice between two reads."""
    if change.dispute_id is not None:
        return _choose_of_dispute(change)
    signal = _choose_one(change)
    return () if signal is None else (signal,)


def _choose_of_dispute(change: StatusChange) -> tuple[StatusSignal, ...]:
    if change.is_reminder:
        return (signals.dispute_due_soon,)
    before, after = change.from_status, change.to_status
    chosen: list[StatusSignal] = []
    if not before:
        chosen.append(signals.dispute_opened)
    elif before in DisputeStatus.inquiries() and after not in (
        *DisputeStatus.inquiries(),
        DisputeStatus.UNKNOWN,
    ):
        chosen.append(signals.dispute_escalated)
    elif before in DisputeStatus.closed() and after not in DisputeStatus.closed():
        chosen.append(signals.dispute_reopened)
    if after in DisputeStatus.closed():
        chosen.append(signals.dispute_closed)
    return tuple(chosen)


def _choose_one(change: StatusChange) -> StatusSignal | None:
    if change.refund_id is not None:
        return _OF_REFUND.get(change.to_status)
    if change.setup_intent_id is not None:
        if change.failure_code:
            return signals.setup_intent_failed
        return _OF_SETUP.get(change.to_status)
    if change.failure_code and change.to_status == PaymentIntentStatus.REQUIRES_PAYMENT_METHOD:
        return signals.payment_intent_failed
    return _OF_INTENT.get(change.to_status)
