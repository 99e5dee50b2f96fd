"""One round of everything that is done about what was left open."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import mirror, operations
from ..errors import ProviderError
from ..logs import get_logger
from ..services.booking_changes import cancel_outdated_intents
from ..services.card_testing import cancel_suspected
from ..stripe_client import StripeCallError
from ..webhooks import inbox
from .bookings import check_bookings
from .pulling import pull_events
from .rereading import Reads, read_due

logger = get_logger(__name__)

PROCESSING_TIME = 60.0
"""Seconds in one round for events that are due; the rest is left for the next round."""


@dataclass(frozen=True)
class Round:
    """What one round found to do. `broken` are the steps that failed by a fault of ours, `in_vain`
    those for which Stripe could not be asked: both are tried again in the next round."""

    operations: int
    events_pulled: int
    events_processed: int
    signals: int
    rows_read: int = 0
    canceled: int = 0
    broken: tuple[str, ...] = ()
    in_vain: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        return not (
            self.operations
            or self.events_pulled
            or self.events_processed
            or self.signals
            or self.rows_read
            or self.canceled
            or self.broken
            or self.in_vain
        )


def reconcile() -> Round:
    """One round. It may run beside the site, and beside others of itself.

    See Note [Reconciling on several machines]. A step that fails stops no other.
    """
    steps = _Steps()
    settled = steps.take("operations", operations.resume_due, 0)
    pulled = steps.take("events pulled", pull_events, 0)
    processed = steps.take("events processed", _process_due, 0)
    reads = steps.take("rows read", read_due, Reads())
    if reads.in_vain:
        steps.in_vain.append("rows read")
    released = steps.take("bookings changed", cancel_outdated_intents, 0)
    stopped = steps.take("card testing", cancel_suspected, 0)
    steps.take("bookings checked", check_bookings, 0)
    reminded = steps.take("disputes due soon", mirror.remind_of_due_disputes, 0)
    signals = steps.take("signals", mirror.send_missed_signals, 0)
    return Round(
        operations=settled,
        events_pulled=pulled,
        events_processed=processed,
        signals=signals + reminded,
        rows_read=reads.read,
        canceled=reads.canceled + released + stopped,
        broken=tuple(steps.broken),
        in_vain=tuple(steps.in_vain),
    )


class _Steps:
    def __init__(self) -> None:
        self.broken: list[str] = []
        self.in_vain: list[str] = []

    def take[Result](self, name: str, step: Callable[[], Result], otherwise: Result) -> Result:
        try:
            return step()
        except (StripeCallError, ProviderError) as error:
            logger.warning("reconcile_step_in_vain", step=name, outcome=type(error).__name__)
            self.in_vain.append(name)
        except Exception:
            logger.exception("reconcile_step_failed", step=name)
            self.broken.append(name)
            # Of a database that went away and is back, the old connection is of no use.
            mirror.release_connection()
        return otherwise


def _process_due() -> int:
    return inbox.process_due(seconds=PROCESSING_TIME)
