"""The newest rows about a payment. Each statement uses an index and reads a bounded number of rows,
for a payment with any number of events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from ....models import (
    Operation,
    PaymentNote,
    RefundRequest,
    StatusChange,
    StripeWebhookEvent,
)
from ..case import Case, may_view

__all__ = ["PAGE", "Cursor", "Rows", "read_operations", "read_rows"]

PAGE = 50
_MOST = PAGE + 1
_MARGIN = 20
"""Changes that are newer than the page: some were caused by its requests and events."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cursor:
    """Entries before this moment, and changes of status before this one."""

    before: datetime
    change: int

    @classmethod
    def parse(cls, query: QueryDict) -> "Cursor | None":
        """None for the first page, or if somebody has changed the address."""
        try:
            moment = _EPOCH + timedelta(microseconds=int(str(query["before"])[:20]))
            cursor = cls(moment, int(str(query["change"])[:18]))
        except (KeyError, ValueError, OverflowError):
            return None
        return cursor if moment >= _EPOCH else None

    def __str__(self) -> str:
        microseconds = (self.before - _EPOCH) // timedelta(microseconds=1)
        return f"before={microseconds}&change={self.change}"


@dataclass
class Rows:
    """Newest first. `known_changes` are newer than the page."""

    operations: list[Operation] = field(default_factory=list)
    events: list[StripeWebhookEvent] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)
    known_changes: list[StatusChange] = field(default_factory=list)
    notes: list[PaymentNote] = field(default_factory=list)
    requests: list[RefundRequest] = field(default_factory=list)


def read_operations(case: Case, cursor: Cursor | None = None) -> list[Operation]:
    if not may_view(case.person, Operation):
        return []
    intent = case.intent
    found = _newest(Operation.objects.filter(payment_intent=intent), "created_at", cursor)
    refunds, disputes = (list(map(_get_pk, rows)) for rows in (case.refunds, case.disputes))
    if refunds or disputes:
        # Only those that do not name the payment.
        of_them = Q(refund__in=refunds) | Q(dispute__in=disputes)
        others = Operation.objects.filter(of_them, payment_intent=None)
        found += _newest(others, "created_at", cursor)
    return sorted(found, key=lambda operation: operation.created_at, reverse=True)


def read_rows(case: Case, operations: list[Operation], cursor: Cursor | None) -> Rows:
    """What the person may view."""
    intent, person = case.intent, case.person
    rows = Rows(operations=operations)
    if may_view(person, StripeWebhookEvent):
        rows.events = _read_events(case, cursor)
    if may_view(person, StatusChange):
        changes = StatusChange.objects.filter(payment_intent=intent)
        older = changes.filter(pk__lt=cursor.change) if cursor else changes
        rows.changes = list(older.order_by("-pk")[:_MOST])
        if cursor:
            newer = changes.filter(pk__gte=cursor.change).order_by("pk")
            rows.known_changes = list(newer[:_MARGIN])
    if may_view(person, PaymentNote):
        notes = PaymentNote.objects.filter(payment_intent=intent).select_related("author")
        rows.notes = _newest(notes, "created_at", cursor)
    requests = case.refund_requests
    rows.requests = [one for one in requests if cursor is None or one.created_at < cursor.before]
    return rows


def _read_events(case: Case, cursor: Cursor | None) -> list[StripeWebhookEvent]:
    """Without the payloads, which are large. In two statements, so that each reads the newest
    events by the index, and none sorts all of them."""
    intent = case.intent
    events = StripeWebhookEvent.objects.filter(livemode=intent.livemode).defer("payload")
    found = []
    if intent.stripe_payment_intent_id:
        of_payment = events.filter(object_id=intent.stripe_payment_intent_id)
        found += _newest(of_payment, "received_at", cursor)
    others = {intent.latest_charge_id} | {dispute.stripe_charge_id for dispute in case.disputes}
    others |= {dispute.stripe_dispute_id for dispute in case.disputes}
    others |= {refund.stripe_refund_id or "" for refund in case.refunds}
    others -= {""}
    if others:
        found += _newest(events.filter(object_id__in=others), "received_at", cursor)
    return sorted(found, key=lambda event: event.received_at, reverse=True)


def _newest(rows: QuerySet[Any], moment: str, cursor: Cursor | None) -> list[Any]:
    if cursor is not None:
        rows = rows.filter(**{f"{moment}__lt": cursor.before})
    return list(rows.order_by(f"-{moment}")[:_MOST])


def _get_pk(row: Any) -> Any:
    return row.pk
