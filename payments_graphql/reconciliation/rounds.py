"""One round of all steps that finish open work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .. import correlation, figures, mirror, operations, tracing
from ..errors import ProviderError
from ..logs import get_logger
from ..models import RefundRequest
from ..services.booking_changes import cancel_outdated_intents
from ..services.card_testing import cancel_suspected
from ..stripe_client import StripeCallError
from ..webhooks import inbox
from .bookings import check_bookings
from .found_drift import compare_again
from .pulling import pull_events
from .rereading import Reads, read_due

logger = get_logger(__name__)

FIGURES_MAY_BE_OLD = timedelta(seconds=30)
"""Rounds follow each other quickly. A dashboard does not need to."""
PROCESSING_TIME = 60.0
"""Seconds per round for due events. The next round does the rest."""


@dataclass(frozen=True)
class Round:
    """What one round did. `expired` counts requests for refunds. `broken` names steps that failed
    because of an error of ours, `in_vain` steps that could not reach Stripe. The next round retries
    both."""

    operations: int
    events_pulled: int
    events_processed: int
    signals: int
    rows_read: int = 0
    canceled: int = 0
    expired: int = 0
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
            or self.expired
            or self.broken
            or self.in_vain
        )


@correlation.bound()
def reconcile() -> Round:
    """Runs one round. It may run beside the site and beside other rounds.

    See Note [Reconciling on several machines]. A step that fails does not stop the others.
    """
    with tracing.span("reconcile round") as span:
        done = _reconcile()
        tracing.describe(
            span,
            operations=done.operations,
            events_pulled=done.events_pulled,
            events_processed=done.events_processed,
            rows_read=done.rows_read,
            signals=done.signals,
        )
        if done.broken:
            tracing.fail(span, "StepFailed")
        return done


def _reconcile() -> Round:
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
    steps.take("differences compared again", compare_again, 0)
    reminded = steps.take("disputes due soon", mirror.remind_of_due_disputes, 0)
    expired = steps.take("refund requests", RefundRequest.objects.expire, 0)
    signals = steps.take("signals", mirror.send_missed_signals, 0)
    steps.take("figures", _count_figures, None)
    return Round(
        operations=settled,
        events_pulled=pulled,
        events_processed=processed,
        signals=signals + reminded,
        rows_read=reads.read,
        canceled=reads.canceled + released + stopped,
        expired=expired,
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
            # If the database was restarted, the old connection no longer works.
            mirror.release_connection()
        return otherwise


def _count_figures() -> None:
    progress = figures.get_progress()
    if progress.counted_from is not None or progress.is_older(FIGURES_MAY_BE_OLD):
        figures.refresh()


def _process_due() -> int:
    return inbox.process_due(seconds=PROCESSING_TIME)
