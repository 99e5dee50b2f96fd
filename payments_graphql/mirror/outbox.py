"""Send the signals of changes that were committed. The rows are the outbox: a crash loses none."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db.models import F, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from .. import signals
from ..logs import get_logger
from ..models import (
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
    StatusChange,
    of_ours,
)
from .overpayments import warn_if_overpaid

logger = get_logger(__name__)

_MOST = 500
"""Changes of which receivers are told in one go."""

_OF_INTENT: dict[str, Signal] = {
    PaymentIntentStatus.SUCCEEDED: signals.payment_intent_succeeded,
    PaymentIntentStatus.CANCELED: signals.payment_intent_canceled,
    PaymentIntentStatus.REQUIRES_CAPTURE: signals.payment_intent_authorized,
}
_OF_REFUND: dict[str, Signal] = {
    RefundStatus.SUCCEEDED: signals.refund_settled,
    RefundStatus.FAILED: signals.refund_failed,
}
_BRING_MONEY = (
    signals.payment_intent_succeeded,
    signals.refund_failed,
    signals.dispute_closed,
)
_OF_SETUP: dict[str, Signal] = {SetupIntentStatus.SUCCEEDED: signals.setup_intent_succeeded}


def is_to_be_told(change: StatusChange) -> bool:
    """Does anybody want to know? Mostly there is no receiver, and then nothing is to be sent."""
    return any(signal in _BRING_MONEY or _has_receivers(signal) for signal in _choose(change))


def send_signals(changes: Sequence[StatusChange]) -> bool:
    """Those of changes that `Source.recorded` has, right after their commit. True when there are
    receivers, who may have changed more."""
    if any(_has_receivers(signal) for change in changes for signal in _choose(change)):
        # Read anew: a receiver is to see the payment as it is, with all that was applied since.
        pks = [change.pk for change in changes]
        _send(StatusChange.objects.filter(pk__in=pks, signaled_at=None))
        return True
    _tell(changes)
    return False


def send_signals_of(cause_ids: Collection[str]) -> None:
    """Those of operations or events that somebody else may have applied before."""
    if cause_ids:
        _send(StatusChange.objects.filter(signaled_at=None, cause_id__in=cause_ids))


def send_missed_signals(*, older_than: timedelta = timedelta(seconds=30)) -> int:
    """Those that a crash, or a receiver that raised, left over. Those of test payments are not sent
    once the site has gone live."""
    left = StatusChange.objects.filter(
        of_ours("payment_intent__", "setup_intent__"),
        signaled_at=None,
        created_at__lte=timezone.now() - older_than,
    )
    return _send(left)


def _send(changes: QuerySet[StatusChange]) -> int:
    # The others are read where a receiver wants them: four joins for each event would cost more
    # than all else that is done here.
    return _tell(changes.select_related("payment_intent").order_by("signal_attempts", "pk")[:_MOST])


def _tell(changes: Iterable[StatusChange]) -> int:
    unheard, sent = [], 0
    for change in changes:
        chosen = _choose(change)
        if not change.signal_attempts and any(signal in _BRING_MONEY for signal in chosen):
            warn_if_overpaid(change.payment_intent)
        heard = [_was_heard(signal, change) for signal in chosen if _has_receivers(signal)]
        if not heard:
            unheard.append(change.pk)
        elif all(heard):
            StatusChange.objects.filter(pk=change.pk).update(signaled_at=timezone.now())
            sent += 1
        else:
            # Behind those that were not tried yet, so that a broken receiver holds up no other.
            StatusChange.objects.filter(pk=change.pk).update(
                signal_attempts=F("signal_attempts") + 1
            )
    if unheard:
        StatusChange.objects.filter(pk__in=unheard).update(signaled_at=timezone.now())
    return sent + len(unheard)


def _has_receivers(signal: Signal) -> bool:
    return signal.has_listeners(StatusChange)


def _was_heard(signal: Signal, change: StatusChange) -> bool:
    """Send it; False when a receiver raised."""
    results = signal.send_robust(sender=StatusChange, status_change=change)
    failures = [
        (receiver, error)
        for receiver, error in results
        if error is not None and isinstance(error, Exception)
    ]
    for receiver, error in failures:
        logger.error(
            "signal_receiver_failed",
            status_change=change.pk,
            receiver=getattr(receiver, "__qualname__", repr(receiver)),
            error=type(error).__name__,
        )
    return not failures


def _choose(change: StatusChange) -> tuple[Signal, ...]:
    """Several where a dispute did two things between one look at it and the next."""
    if change.dispute_id is not None:
        return _choose_of_dispute(change)
    signal = _choose_one(change)
    return () if signal is None else (signal,)


def _choose_of_dispute(change: StatusChange) -> tuple[Signal, ...]:
    if change.is_reminder:
        return (signals.dispute_due_soon,)
    before, after = change.from_status, change.to_status
    chosen: list[Signal] = []
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


def _choose_one(change: StatusChange) -> Signal | None:
    if change.refund_id is not None:
        return _OF_REFUND.get(change.to_status)
    if change.setup_intent_id is not None:
        if change.failure_code:
            return signals.setup_intent_failed
        return _OF_SETUP.get(change.to_status)
    if change.failure_code and change.to_status == PaymentIntentStatus.REQUIRES_PAYMENT_METHOD:
        return signals.payment_intent_failed
    return _OF_INTENT.get(change.to_status)
