"""Checks that `payments_reconcile` runs, and finds unfinished work."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db.models import Min
from django.utils import timezone

from .. import mirror
from ..log_redaction import redact_text
from ..models import (
    EventCursor,
    EventState,
    ImportCursor,
    Operation,
    OperationState,
    StripeWebhookEvent,
)
from ..reconciliation import count_left_over, list_money_matters
from .finding import Finding, Subject

_RECONCILE = Subject("reconcile")
_WORK = Subject("open work")

_PATIENCE = timedelta(minutes=15)
_HINT = "Check that `manage.py payments_reconcile` is running. Its log says what fails."


def examine_reconciling() -> Iterator[Finding]:
    cursor = EventCursor.objects.ours().first()
    hint = (
        "Run `manage.py payments_reconcile --every 60` beside the site, or "
        "`manage.py payments_reconcile` from cron."
    )
    if cursor is None:
        yield _RECONCILE.warning("has never read Stripe's events.", hint)
        return
    age = timezone.now() - cursor.read_until
    if age > _PATIENCE:
        yield _RECONCILE.warning(f"last read Stripe's events {_show(age)} ago.", hint)
    else:
        yield _RECONCILE.ok(f"read Stripe's events {_show(age)} ago.")


def examine_work() -> Iterator[Finding]:
    found = [
        *_examine_operations(),
        *_examine_events(),
        *_examine_signals(),
        *_examine_import(),
        *_examine_money(),
        *_examine_left_over(),
    ]
    yield from found or [_WORK.ok("nothing is overdue, and nothing needs a decision.")]


def _examine_operations() -> Iterator[Finding]:
    operations = Operation.objects.ours()
    unclear = operations.filter(state=OperationState.NEEDS_REVIEW).count()
    if unclear:
        yield _WORK.warning(
            f"{unclear} operations need a decision: their outcome at Stripe is unknown.",
            "Each operation's page in the admin shows what was found and lets you resolve it.",
        )
    overdue = operations.filter(
        state__in=OperationState.resumable(), next_attempt_at__lt=timezone.now() - _PATIENCE
    ).count()
    if overdue:
        yield _WORK.warning(
            f"{overdue} operations are overdue by more than {_show(_PATIENCE)}.",
            _HINT,
        )


def _examine_events() -> Iterator[Finding]:
    events = StripeWebhookEvent.objects.ours()
    dead = events.filter(state=EventState.DEAD).count()
    if dead:
        yield _WORK.warning(
            f"{dead} webhook events failed permanently, after all attempts.",
            "Their errors are in the admin under Webhook events, state dead. Retry them there.",
        )
    waiting = events.filter(state__in=EventState.open())
    oldest = waiting.aggregate(oldest=Min("received_at"))["oldest"]
    if oldest is not None and timezone.now() - oldest > _PATIENCE:
        yield _WORK.warning(
            f"{waiting.count()} webhook events are waiting, the oldest for "
            f"{_show(timezone.now() - oldest)}.",
            _HINT,
        )


def _examine_signals() -> Iterator[Finding]:
    unsent = mirror.list_overdue_signals().count()
    if unsent:
        yield _WORK.warning(
            f"{unsent} signals have not been sent for {_show(mirror.PATIENCE_WITH_SIGNALS)}.",
            "Check that `manage.py payments_reconcile` is running: it logs the reason for each. A "
            "receiver that raises an error is logged as signal_receiver_failed.",
        )


def _examine_import() -> Iterator[Finding]:
    unfinished = ImportCursor.objects.ours().filter(is_finished=False)
    if unfinished.exists():
        yield _WORK.warning(
            "an import from Stripe is not finished.",
            "Run `manage.py payments_sync` again.",
        )


def _examine_money() -> Iterator[Finding]:
    for what, lines in list_money_matters():
        shown = list(islice(lines, 3))
        if shown:
            more = sum(1 for _ in lines)
            yield _WORK.warning(
                f"{len(shown) + more} {what}: {redact_text('; '.join(shown))}"
                + ("; ..." if more else "."),
                "`manage.py payments_reconcile` lists them. Decide about each.",
            )


def _examine_left_over() -> Iterator[Finding]:
    left_over = count_left_over()
    if left_over:
        yield _WORK.warning(
            f"{left_over} rows wait for an answer from Stripe that will not come.",
            "`manage.py payments_reconcile --report` lists them, and --repair removes those "
            "that can be removed.",
        )


def _show(age: timedelta) -> str:
    seconds = max(round(age.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
