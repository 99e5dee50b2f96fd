"""Makes one entry of a happening that several rows are about.

A request of ours, the changes of status that it caused, and the events that confirm it become one
entry. So do an event and the changes that it caused, and further events of the same moment. Events
that were not processed are always shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext

from .... import people
from ....models import (
    CauseKind,
    EventState,
    NoteKind,
    Operation,
    OperationKind,
    PaymentNote,
    StatusChange,
    StripeDispute,
    StripeRefund,
    StripeWebhookEvent,
)
from ... import columns
from ..case import Case, may_view
from .approvals import list_actors, make_entries
from .entries import Entry, Timeline
from .reading import PAGE, Cursor, Rows
from .sentences import (
    describe_change,
    describe_event,
    describe_operation,
    describe_operation_details,
)

_SAME_MOMENT = timedelta(seconds=2)
_LATE = timedelta(minutes=1)


def merge(case: Case, rows: Rows, cursor: Cursor | None) -> Timeline:
    return _Merger(case, rows).make_page(cursor)


class _Merger:
    def __init__(self, case: Case, rows: Rows) -> None:
        self._case = case
        self._rows = rows
        self._operations = {str(one.pk): one for one in rows.operations}
        self._events = {one.event_id: one for one in rows.events}
        self._used_changes: dict[int, Entry] = {}
        self._customer = f"user:{case.intent.customer.user_id}"
        _attach(rows, case)
        actors = {one.actor for one in rows.operations} | list_actors(case.refund_requests)
        self._names = people.describe_actors(actors - {self._customer})

    def make_page(self, cursor: Cursor | None) -> Timeline:
        by_cause = self._group_changes()
        by_request: dict[str, list[StripeWebhookEvent]] = defaultdict(list)
        others: list[StripeWebhookEvent] = []
        for event in self._rows.events:
            is_ours = self._is_of_request(event) and _is_done(event)
            (by_request[event.request_key] if is_ours else others).append(event)
        approvals = make_entries(self._case.refund_requests, self._name)
        entries = [
            *self._make_operations(by_cause, by_request),
            *self._make_events(by_cause, others),
            *map(self._make_change, by_cause.pop(None, [])),
            *map(self._make_note, self._rows.notes),
            *(one for one in approvals if cursor is None or one.at < cursor.before),
        ]
        return self._cut(entries, cursor)

    def _group_changes(self) -> dict[str | None, list[StatusChange]]:
        """By the operation or event that caused them, if it is among the rows. None: by a read, or
        by something older."""
        groups: dict[str | None, list[StatusChange]] = defaultdict(list)
        for change in (*self._rows.changes, *self._rows.known_changes):
            cause = self._find_cause(change)
            if cause is not None or change not in self._rows.known_changes:
                groups[cause].append(change)
        for group in groups.values():
            group.sort(key=lambda change: change.pk)
        return groups

    def _find_cause(self, change: StatusChange) -> str | None:
        if change.cause_kind == CauseKind.OPERATION:
            return change.cause_id if change.cause_id in self._operations else None
        event = self._events.get(change.cause_id)
        if event is None:
            return None
        return event.request_key if self._is_of_request(event) else event.event_id

    def _is_of_request(self, event: StripeWebhookEvent) -> bool:
        """Whether it reports what one of the requests did. A dispute is not the result of a
        payment, even if Stripe's test cards cause it at once."""
        operation = self._operations.get(event.request_key)
        if operation is None:
            return False
        return operation.dispute_id is not None or not event.type.startswith("charge.dispute.")

    def _make_operations(
        self,
        by_cause: dict[str | None, list[StatusChange]],
        by_request: dict[str, list[StripeWebhookEvent]],
    ) -> Iterable[Entry]:
        for operation in self._rows.operations:
            title, tone = describe_operation(operation, self._case.intent)
            entry = Entry(
                at=operation.created_at,
                title=title,
                tone=tone,
                who=self._name(operation.actor),
                details=describe_operation_details(operation),
                links=self._link_operation(operation),
            )
            changes = by_cause.pop(str(operation.pk), [])
            self._add_effects(entry, changes, operation.kind)
            confirming = by_request.get(str(operation.pk), [])
            entry.confirmed_by = [self._link_event(event) for event in reversed(confirming)]
            yield entry

    def _add_effects(self, entry: Entry, changes: list[StatusChange], kind: str) -> None:
        for change in changes:
            self._used_changes[change.pk] = entry
            is_start = not change.from_status and kind == OperationKind.CREATE_PAYMENT_INTENT
            title, tone = describe_change(change)
            if is_start or (change.failure_code and entry.tone == "bad"):
                continue  # the entry says the same
            entry.details.append(f"{title}.")
            if tone != "good":
                entry.tone = tone

    def _make_events(
        self,
        by_cause: dict[str | None, list[StatusChange]],
        events: list[StripeWebhookEvent],
    ) -> list[Entry]:
        made: list[tuple[StripeWebhookEvent, Entry]] = []
        # Those that changed something first, so that the others of the same moment can join them.
        ordered = sorted(events, key=lambda one: one.event_id not in by_cause)
        for event in ordered:
            changes = by_cause.pop(event.event_id, [])
            joined = None if changes else _find_same_moment(event, made)
            if joined is not None:
                joined.confirmed_by.append(self._link_event(event))
                continue
            made.append((event, self._make_event(event, changes)))
        return [entry for _event, entry in made]

    def _make_event(self, event: StripeWebhookEvent, changes: list[StatusChange]) -> Entry:
        if changes:
            title, tone = describe_change(changes[0])
            if changes[0].payment_intent_id and event.state == EventState.DEAD:
                tone = "bad"
        else:
            title, tone = describe_event(event)
        entry = Entry(at=event.received_at, title=title, tone=tone)
        if event.received_at - event.stripe_created > _LATE:
            entry.occurred_at = event.stripe_created
        for change in changes:
            self._used_changes[change.pk] = entry
        entry.details = [f"{describe_change(change)[0]}." for change in changes[1:]]
        if event.error and event.state in (EventState.FAILED, EventState.DEAD):
            entry.details.append(columns.mask(event.error))
        entry.confirmed_by = [self._link_event(event)]
        for change in changes[:1]:
            entry.links += self._link_objects(change)
        entry.links.append(self._link_at_stripe("events", event.event_id))
        return entry

    def _make_change(self, change: StatusChange) -> Entry:
        title, tone = describe_change(change)
        entry = Entry(
            at=change.created_at, title=title, tone=tone, links=self._link_objects(change)
        )
        self._used_changes[change.pk] = entry
        if change.created_at - change.occurred_at > _LATE:
            entry.occurred_at = change.occurred_at
        if change.is_reminder:
            pass
        elif change.cause_kind == CauseKind.READ:
            entry.details.append(gettext("Seen when it was read from Stripe."))
        else:
            cause = change.get_cause_kind_display()
            entry.details.append(
                gettext("%(cause)s %(id)s.") % {"cause": cause, "id": columns.mask(change.cause_id)}
            )
        return entry

    def _make_note(self, note: PaymentNote) -> Entry:
        # The name as it is now, if the user still exists.
        who = people.get_name(note.author) if note.author else note.author_name
        entry = Entry(at=note.created_at, title=note.get_kind_display(), who=who, tone="idle")
        if note.kind == NoteKind.NOTE:
            entry.text = columns.mask(note.text) or gettext("(erased)")
        return entry

    def _name(self, actor: str) -> str:
        return gettext("The customer") if actor == self._customer else self._names[actor]

    def _link_operation(self, operation: Operation) -> list[str]:
        links = [columns.link(operation, gettext("Request"))]
        for row in (operation.refund, operation.dispute):
            links += self._link_row(row)
        if operation.stripe_request_id:
            links.append(self._link_at_stripe("logs", operation.stripe_request_id))
        return links

    def _link_objects(self, change: StatusChange) -> list[str]:
        return [link for row in (change.refund, change.dispute) for link in self._link_row(row)]

    def _link_row(self, row: StripeRefund | StripeDispute | None) -> list[str]:
        if row is None or not may_view(self._case.person, type(row)):
            return []
        return [columns.link(row, str(row._meta.verbose_name).capitalize())]

    def _link_event(self, event: StripeWebhookEvent) -> str:
        return columns.link(event, event.type)

    def _link_at_stripe(self, room: str, stripe_id: str) -> str:
        return columns.dashboard_link(
            room, stripe_id, livemode=self._case.intent.livemode, text=gettext("At Stripe")
        )

    def _cut(self, entries: list[Entry], cursor: Cursor | None) -> Timeline:
        entries.sort(key=lambda entry: entry.at, reverse=True)
        shown = entries[:PAGE]
        rest = entries[PAGE:]
        while rest and rest[0].at == shown[-1].at:  # or the next page would leave them out
            shown.append(rest.pop(0))
        if not rest and not _has_more(self._rows):
            return Timeline(shown, is_newest=cursor is None)
        in_page = {id(entry) for entry in shown}
        used = [pk for pk, entry in self._used_changes.items() if id(entry) in in_page]
        oldest = min([*used, *([cursor.change] if cursor else [])], default=2**62)
        before = shown[-1].at if shown else None
        older = "" if before is None else str(Cursor(before, oldest))
        return Timeline(shown, older=older, is_newest=cursor is None)


def _has_more(rows: Rows) -> bool:
    kinds: tuple[list[Any], ...] = (
        rows.operations, rows.events, rows.changes, rows.notes,
    )  # fmt: skip
    return any(len(kind) > PAGE for kind in kinds)


def _attach(rows: Rows, case: Case) -> None:
    """The refunds and disputes, which the page has read already."""
    refunds = {refund.pk: refund for refund in case.refunds}
    disputes = {dispute.pk: dispute for dispute in case.disputes}
    concerned: list[Any] = [*rows.operations, *rows.changes, *rows.known_changes]
    for row in concerned:
        row.refund = refunds.get(row.refund_id)
        row.dispute = disputes.get(row.dispute_id)


def _is_done(event: StripeWebhookEvent) -> bool:
    return event.state in (EventState.PROCESSED, EventState.IGNORED)


def _find_same_moment(
    event: StripeWebhookEvent, made: list[tuple[StripeWebhookEvent, Entry]]
) -> Entry | None:
    if not _is_done(event):
        return None
    for other, entry in made:
        is_same = abs(event.stripe_created - other.stripe_created) <= _SAME_MOMENT
        if _is_done(other) and is_same:
            return entry
    return None
