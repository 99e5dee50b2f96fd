"""The list of all kinds, most urgent first."""

from ..conf import conf
from .kind import Kind
from .kinds import bookings, disputes, events, holds, operations, refunds, running, webhooks

ALL: tuple[Kind, ...] = (
    running.RECONCILE_SILENT,
    operations.TO_REVIEW,
    holds.EXPIRING,
    running.DRIFT,
    disputes.TO_ANSWER,
    refunds.FAILED,
    refunds.TO_APPROVE,
    bookings.OVERPAID,
    bookings.CANCELED,
    bookings.NOT_COUNTED,
    holds.NOT_DUE,
    webhooks.REFUSED,
    webhooks.SILENT,
    events.WRONG_VERSION,
    events.DEAD,
    events.OVERDUE,
    operations.OVERDUE,
    running.UNSENT_SIGNALS,
    running.LEFT_OVER_ROWS,
    running.UNFINISHED_IMPORT,
    events.UNKNOWN_CUSTOMERS,
)
_BY_SLUG = {kind.slug: kind for kind in ALL}


def get_kind(slug: str) -> Kind | None:
    return _BY_SLUG.get(slug)


def list_kinds() -> list[Kind]:
    """Without the kinds in `PAYMENTS_IGNORED_PROBLEMS`."""
    return [kind for kind in ALL if kind.slug not in conf.PAYMENTS_IGNORED_PROBLEMS]
