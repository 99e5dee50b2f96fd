"""What a site can listen to: see docs/signals.md.

Every signal is sent after the commit, at least once for each change, with `status_change`, a
`models.StatusChange`; its `pk` tells a repeat from a new one. A receiver that raises is called
again later; those that succeeded are not, and none keeps another from being called.

Note [Names of receivers]
Which receivers were told of a change is written down by name: the `dispatch_uid` where it is a
text, else the dotted path of the function, method or class. What has the same name in one process,
such as two lambdas of one module, is numbered in the order in which it was connected.
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
    "refund_failed",
    "refund_settled",
    "setup_intent_failed",
    "setup_intent_succeeded",
]

_LONGEST_NAME = 180


@dataclass(frozen=True)
class Receiver:
    """`name` begins with the signal's: one function may listen to several."""

    name: str
    function: Callable[..., Any]
    is_async: bool


class StatusSignal(Signal):
    """Calls its receivers one by one, by their names."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def list_receivers(self, sender: type) -> list[Receiver]:
        """Those of this process, in the order in which they were connected."""
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
        """What it raised, for the caller to log."""
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

dispute_opened = StatusSignal("dispute_opened")
"""A bank disputes a payment, or asks about it. Also for one that is first heard of when closed."""
dispute_escalated = StatusSignal("dispute_escalated")
"""A bank's inquiry became a dispute, which takes the money."""
dispute_due_soon = StatusSignal("dispute_due_soon")
"""The bank waits for evidence until `status_change.dispute.evidence_due_by`. Sent by
`payments_reconcile`, once for each due date; `PAYMENTS_DISPUTE_DUE_SOON` says how long before."""
dispute_closed = StatusSignal("dispute_closed")
"""`status_change.to_status` says how. A bank can reopen it, and then it closes once more."""
dispute_reopened = StatusSignal("dispute_reopened")
"""What was closed needs an answer, or is under review, again."""

setup_intent_succeeded = StatusSignal("setup_intent_succeeded")
setup_intent_failed = StatusSignal("setup_intent_failed")

ALL = tuple(signal for signal in list(globals().values()) if isinstance(signal, StatusSignal))
