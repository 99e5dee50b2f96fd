"""What should run and does not, and what it has left."""

from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ... import mirror
from ...models import DriftFinding, EventCursor, ImportCursor, StatusChange
from ...reconciliation import LEFT_OVER, describe_left_over
from ..kind import Kind, Level, Rows, State
from .operations import PATIENCE


def _find_silence() -> State | None:
    cursor = EventCursor.objects.ours().first()
    if cursor is None:
        return State(1, None, "has never read Stripe's events")
    age = timezone.now() - cursor.read_until
    if age <= PATIENCE:
        return None
    return State(1, cursor.read_until, f"last read Stripe's events {show_age(age)} ago")


def show_age(age: timedelta) -> str:
    seconds = max(round(age.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _list_unfinished() -> QuerySet[Any]:
    return ImportCursor.objects.ours().filter(is_finished=False)


def _list_drift() -> QuerySet[Any]:
    return DriftFinding.objects.ours().all()


def _list_unsent() -> QuerySet[Any]:
    return mirror.list_overdue_signals()


def _describe_cursor(cursor: ImportCursor) -> str:
    return f"the import of every {cursor.kind} is not finished: {cursor.seen} were read"


def _describe_drift(finding: DriftFinding) -> str:
    details = f": {finding.details}" if finding.details else ""
    return f"{finding.object_type} {finding.stripe_id} {finding.verdict}{details}"


def _describe_unsent(change: StatusChange) -> str:
    if change.signal_waits_for:
        why = (
            f"waits for the receiver {change.signal_waits_for}, which this process does not have: "
            "connect it in AppConfig.ready"
        )
    else:
        why = (
            f"failed {change.signal_attempts} times: the log says which receiver raised an error "
            "(signal_receiver_failed)"
        )
    return f"status change {change.pk} ({change}) {why}"


RECONCILE_SILENT = Kind(
    slug="reconcile_silent",
    title=_("`payments_reconcile` does not run"),
    level=Level.ERROR,
    hint=_(
        "Run `manage.py payments_reconcile --every 60` beside the site, or `manage.py "
        "payments_reconcile` from cron. If it runs, it cannot reach Stripe: see its log."
    ),
    get_state=_find_silence,
    subject="reconcile",
)

UNFINISHED_IMPORT = Kind(
    slug="unfinished_import",
    title=_("unfinished imports"),
    level=Level.WARNING,
    hint=_("Run `manage.py payments_sync` again. It continues where it stopped."),
    rows=(Rows(ImportCursor, _list_unfinished, _describe_cursor, "updated_at"),),
    permission="view_stripecustomer",
)

DRIFT = Kind(
    slug="drift",
    title=_("differences from Stripe"),
    level=Level.ERROR,
    hint=_(
        "`manage.py payments_reconcile --repair` applies Stripe's values. It lists what it cannot "
        "repair."
    ),
    rows=(
        Rows(
            DriftFinding, _list_drift, _describe_drift, "found_at", "", F("amount"), F("currency")
        ),
    ),
)

LEFT_OVER_ROWS = Kind(
    slug="left_over_rows",
    title=_("rows that Stripe never accepted"),
    level=Level.WARNING,
    hint=_(
        "They wait for an answer that will not come, and can lock a booking or an amount. "
        "`manage.py payments_reconcile --repair` removes those that can be removed."
    ),
    rows=tuple(
        Rows(
            one.model,
            one.list,
            describe_left_over,
            "created_at",
            amount=F("amount") if one.has_money else None,
            currency=F("currency") if one.has_money else None,
        )
        for one in LEFT_OVER
    ),
)

UNSENT_SIGNALS = Kind(
    slug="unsent_signals",
    title=_("signals that a receiver did not get"),
    level=Level.WARNING,
    hint=_(
        "Check that `manage.py payments_reconcile` is running. The log says which receiver raised "
        "an error (signal_receiver_failed)."
    ),
    rows=(Rows(StatusChange, _list_unsent, _describe_unsent, "created_at"),),
)
