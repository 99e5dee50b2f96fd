"""Records changes of status. Signals are sent from these records."""

from typing import Any

from django.utils import timezone

from .. import metrics
from ..logs import get_logger
from ..models import StatusChange
from .fitting import make_row
from .outbox import is_to_be_told
from .rehearsal import is_rehearsing
from .source import Source

logger = get_logger(__name__)


def record_change(
    source: Source,
    *,
    stripe_id: str | None,
    from_status: str,
    to_status: str,
    failure_code: str = "",
    is_reminder: bool = False,
    **rows: Any,
) -> None:
    """`stripe_id` is the id of the changed object. `rows` are those it concerns, such as
    `payment_intent=...`."""
    if is_rehearsing():
        return
    change = make_row(
        StatusChange,
        from_status=from_status,
        to_status=to_status,
        failure_code=failure_code,
        is_reminder=is_reminder,
        cause_kind=source.kind,
        cause_id=source.id,
        occurred_at=source.as_of,
        **rows,
    )
    # A change of a row that already existed sends a signal, however old it is.
    is_history = source.is_history and not from_status
    if is_history or not is_to_be_told(change):
        change.signaled_at = timezone.now()
    else:
        source.recorded.append(change)
    change.save(force_insert=True)
    if is_history:
        return
    metrics.count_change(change)
    logger.info(
        "dispute_reminded" if is_reminder else "status_changed",
        stripe_id=stripe_id,
        from_status=from_status,
        to_status=to_status,
        failure_code=failure_code,
        cause=f"{source.kind.value}:{source.id}",
        **{name: str(row.pk) for name, row in rows.items()},
    )


def read_error(error: Any) -> dict[str, str] | None:
    """The last error of a payment or setup, without the objects that Stripe includes."""
    if not error:
        return None
    names = ("type", "code", "decline_code", "advice_code", "message", "charge")
    return {name: str(error[name]) for name in names if error.get(name)}


def get_failure_code(error: dict[str, str] | None) -> str:
    return (error or {}).get("decline_code") or (error or {}).get("code") or ""
