"""Signals for the site's own code. See docs/signals.md.

Every signal is sent after the commit, at least once for each change, with `status_change`, a
`models.StatusChange`. Its `pk` identifies the change, so a receiver can recognize repeats. A
receiver that raises an error is called again later; the others are not, and are not delayed by it.

Note [Names of receivers]
The receivers that were called for a change are recorded by name: the `dispatch_uid` if it is text,
otherwise the dotted path of the function, method or class. If several receivers in a process have
the same name, such as two lambdas of one module, they are numbered in the order of connection.
"""

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import ReferenceType

from asgiref.sync import async_to_sync
from django.dispatch import Signal

__all__ = [
    "dispute_closed",
    "dispute_due_soon",
    "dispute_escalated",
    "dispute_opened",
    "dispute_reopened",
    "payment_intent_authorized",
    "payment_intent_canceled",
    "payment_intent_failed",
    "payment_intent_succeeded",
    "refund_approval_requested",
    "refund_failed",
    "refund_settled",
    "setup_intent_failed",
    "setup_intent_succeeded",
]

_LONGEST_NAME = 180


@dataclass(frozen=True)
class Receiver:
    """`name` starts with the signal's name, since one function may receive several signals."""

    name: str
    function: Callable[..., Any]
    is_async: bool


class StatusSignal(Signal):
    """Calls each receiver separately, by name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def list_receivers(self, sender: type) -> list[Receiver]:
        """This process's receivers, in the order of connection."""
        found: list[Receiver] = []
        seen: Counter[str] = Counter()
        for (uid, _), reference, sender_reference, is_async in list(self.receivers):
            weakly = isinstance(reference, ReferenceType)
            function = reference() if weakly else reference
            if function is None or (sender_reference and sender_reference() is not sender):
                continue
            name = f"{self.name}:{uid if isinstance(uid, str) else _get_path(function)}"
            name = name[:_LONGEST_NAME]
            seen[name] += 1
            numbered = name if seen[name] == 1 else f"{name}#{seen[name]}"
            found.append(Receiver(numbered, function, is_async))
        return found

    def call(self, receiver: Receiver, sender: type, **named: Any) -> Exception | None:
        """Returns the receiver's error, if any, for the caller to log."""
        function = receiver.function
        call = async_to_sync(function) if receiver.is_async else function
        try:
            call(signal=self, sender=sender, **named)
        except Exception as error:
            return error
        return None


def _get_path(function: Callable[..., Any]) -> str:
    if isinstance(function, functools.partial):
        return _get_path(function.func)
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


payment_intent_succeeded = StatusSignal("payment_intent_succeeded")
payment_intent_failed = StatusSignal("payment_intent_failed")
payment_intent_canceled = StatusSignal("payment_intent_canceled")
payment_intent_authorized = StatusSignal("payment_intent_authorized")
refund_settled = StatusSignal("refund_settled")
refund_failed = StatusSignal("refund_failed")

refund_approval_requested = Signal()
"""A refund waits for a second person: `refund_request` is a `models.RefundRequest`. Sent once after
the commit. Unlike the other signals, it is not repeated."""

dispute_opened = StatusSignal("dispute_opened")
"""A bank disputes a payment or inquires about it. Also sent if the dispute is already closed when
we first learn of it."""
dispute_escalated = StatusSignal("dispute_escalated")
"""A bank's inquiry became a dispute, which withdraws the money."""
dispute_due_soon = StatusSignal("dispute_due_soon")
"""Evidence for the bank is due at `status_change.dispute.evidence_due_by`. Sent by
`payments_reconcile`, once per due date, `PAYMENTS_DISPUTE_DUE_SOON` in advance."""
dispute_closed = StatusSignal("dispute_closed")
"""`status_change.to_status` is the outcome. If the bank reopens the dispute, it closes again."""
dispute_reopened = StatusSignal("dispute_reopened")
"""A closed dispute needs a response, or is under review, again."""

setup_intent_succeeded = StatusSignal("setup_intent_succeeded")
setup_intent_failed = StatusSignal("setup_intent_failed")

ALL = tuple(signal for signal in list(globals().values()) if isinstance(signal, StatusSignal))
