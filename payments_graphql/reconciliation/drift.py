"""Compares the mirror with Stripe, object by object and field by field.

Note [What is compared]
Stripe's lists for the chosen period say what exists, including objects that never reached us. Then
our rows of that period, older rows that are not final, and what differed at the last comparison are
read one by one unless a list contained them. An object that differs from a list is read again
before it is reported, since a list may be out of date. Objects with an operation or an event in
progress are skipped.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q

from .. import mirror, stripe_client
from ..logs import get_logger
from ..mirror import Comparison, NotOurs, ReadRequired
from ..models import (
    DriftFinding,
    EventState,
    Operation,
    OperationState,
    StripeWebhookEvent,
    our_values,
)
from ..stripe_client import Answer, StripeCallError, StripeRefusedError
from .left_over import LeftOver, iterate_left_over, remove
from .money_at_risk import MoneyAtRisk
from .seen_ids import SeenIds

logger = get_logger(__name__)

MAXIMUM_FAILURES = 5
"""After this many objects in a row without an answer, the comparison stops."""
_CHUNK = 500


class Verdict(Enum):
    DIFFERS = "differs"
    REPAIRED = "is repaired"
    CONTRADICTS = "cannot be repaired"  # Stripe contradicts a final state
    NOT_AT_STRIPE = "is not at Stripe"
    UNREAD = "could not be read"
    LEFT_OVER = "was never accepted by Stripe and will not be settled"
    REMOVED = "is removed, since Stripe never accepted it"
    UNSETTLED = "has no Stripe id and will not be settled"  # Stripe may have the object

    @property
    def needs_person(self) -> bool:
        return self not in (Verdict.DIFFERS, Verdict.REPAIRED, Verdict.LEFT_OVER, Verdict.REMOVED)


@dataclass(frozen=True)
class Finding:
    """`comparison` is None if Stripe does not have the object or could not be read."""

    verdict: Verdict
    kind: str
    stripe_id: str
    comparison: Comparison | None = None
    reason: str = ""
    at_risk: MoneyAtRisk = field(default_factory=MoneyAtRisk)


@dataclass(frozen=True)
class _Kind:
    name: str
    list: Callable[[Mapping[str, Any]], Answer] | None
    expand: tuple[str, ...] = ()
    rows: Q = field(default_factory=Q)


# Objects that others refer to come first. Stripe lists payment methods only per customer. Methods
# that were not saved are compared with their payments.
_KINDS = (
    _Kind("customer", stripe_client.list_customers, rows=Q(deleted_at=None)),
    _Kind(
        "payment_intent",
        stripe_client.list_payment_intents,
        ("data.latest_charge", "data.payment_method"),
    ),
    _Kind("refund", stripe_client.list_refunds),
    _Kind("dispute", stripe_client.list_disputes),
    _Kind("setup_intent", stripe_client.list_setup_intents, ("data.payment_method",)),
    _Kind("payment_method", None, rows=Q(is_attached=True)),
)
OBJECT_TYPES = tuple(kind.name for kind in _KINDS)


class Survey:
    """One comparison of everything since `since`. With `repair`, Stripe's values are applied like
    any other update. Without it, nothing is written."""

    def __init__(self, *, since: datetime, repair: bool) -> None:
        self.since = since
        self.repair = repair
        self.compared = 0
        self.in_progress = 0
        self.at_risk = MoneyAtRisk()
        self._in_vain = 0

    def run(self) -> Iterator[Finding]:
        """See Note [What is compared]."""
        with SeenIds() as seen:
            for kind in _KINDS:
                is_listed = True
                if kind.list is not None:
                    is_listed = yield from self._walk_list(kind, kind.list, seen)
                if is_listed:
                    yield from self._walk_rows(kind, seen)
                if self._in_vain >= MAXIMUM_FAILURES:
                    reason = "Stripe does not answer"
                    yield Finding(Verdict.UNREAD, "everything else", "", reason=reason)
                    return
        # Last, since Stripe's objects for such rows may have been found above.
        yield from map(self._judge_left_over, iterate_left_over())

    def compare(self, kind_name: str, stripe_id: str) -> list[Finding]:
        """Compares one object, such as one that differed before."""
        kind = next(kind for kind in _KINDS if kind.name == kind_name)
        with SeenIds() as seen:
            seen.add(stripe_id)
            return list(self._examine(kind, stripe_id, seen))

    def _judge_left_over(self, one: LeftOver) -> Finding:
        verdict = Verdict.UNSETTLED
        if one.may_be_removed:
            verdict = Verdict.LEFT_OVER
            if self.repair:
                verdict = Verdict.REMOVED if remove(one) else Verdict.UNSETTLED
        return Finding(verdict, one.kind, "", reason=one.reason)

    def _walk_list(
        self, kind: _Kind, fetch: Callable[[Mapping[str, Any]], Answer], seen: SeenIds
    ) -> Generator[Finding, None, bool]:
        """Returns whether the whole list could be read."""
        parameters: dict[str, Any] = {"created": {"gte": int(self.since.timestamp())}}
        if kind.expand:
            parameters["expand"] = list(kind.expand)
        try:
            for item, answer in mirror.iterate_list(fetch, parameters):
                if seen.add(item["id"]) and not self._agrees(kind, item, answer):
                    yield from self._examine(kind, item["id"], seen)
                if self._in_vain >= MAXIMUM_FAILURES:
                    return False
        except StripeCallError as error:
            yield _unread(f"the list of every {kind.name}", "", error)
            return False
        return True

    def _walk_rows(self, kind: _Kind, seen: SeenIds) -> Iterator[Finding]:
        known = DriftFinding.objects.ours().filter(object_type=kind.name)
        known_ids = list(known.order_by("pk").values_list("stripe_id", flat=True))
        for stripe_id in chain(_iterate_rows(kind, self.since), known_ids):
            if seen.add(stripe_id):
                self.compared += 1
                yield from self._examine(kind, stripe_id, seen)
            if self._in_vain >= MAXIMUM_FAILURES:
                return

    def _agrees(self, kind: _Kind, item: Mapping[str, Any], answer: Answer) -> bool:
        try:
            agrees = not mirror.compare_listed(kind.name, item, answer).differs
        except NotOurs:
            return True
        except Exception:  # including ReadRequired: reading the object settles it
            agrees = False
        self.compared += 1
        return agrees

    def _examine(self, kind: _Kind, stripe_id: str, seen: SeenIds) -> Iterator[Finding]:
        try:
            comparisons = mirror.fetch_and_compare(kind.name, stripe_id)
        except NotOurs:
            return
        except Exception as error:
            yield from self._explain(kind, stripe_id, error)
            return
        self._in_vain = 0
        for comparison in comparisons:
            is_new = comparison.stripe_id == stripe_id or seen.add(comparison.stripe_id)
            if not is_new or not comparison.differs:
                continue
            if _is_in_progress(comparison):
                self.in_progress += 1
                continue
            found = _repair(comparison) if self.repair else _found(Verdict.DIFFERS, comparison)
            found.at_risk.add(comparison.before, comparison.after)
            self.at_risk.add(comparison.before, comparison.after)
            yield found

    def _explain(self, kind: _Kind, stripe_id: str, error: Exception) -> Iterator[Finding]:
        is_refused = isinstance(error, StripeRefusedError)
        is_answered = is_refused or not isinstance(error, StripeCallError)
        self._in_vain = 0 if is_answered else self._in_vain + 1
        if isinstance(error, StripeRefusedError) and error.status == 404:
            row = mirror.get_row(kind.name, stripe_id)
            if row is not None:
                self.at_risk.add(row, None)
                found = Finding(Verdict.NOT_AT_STRIPE, kind.name, stripe_id)
                found.at_risk.add(row, None)
                yield found
            return
        yield _unread(kind.name, stripe_id, error)


def _found(verdict: Verdict, comparison: Comparison) -> Finding:
    return Finding(verdict, comparison.kind, comparison.stripe_id, comparison)


def _unread(kind: str, stripe_id: str, error: Exception) -> Finding:
    if not isinstance(error, StripeCallError | ReadRequired):
        logger.error("not_compared", kind=kind, stripe_id=stripe_id, exc_info=error)
    return Finding(Verdict.UNREAD, kind, stripe_id, reason=f"{type(error).__name__}: {error}")


def _is_in_progress(comparison: Comparison) -> bool:
    """Whether an operation or event in progress will soon bring the row up to date."""
    operations = Operation.objects.filter(
        **{comparison.kind: comparison.after.pk}, state__in=OperationState.resumable()
    )
    events = StripeWebhookEvent.objects.filter(
        object_id=comparison.stripe_id, state__in=(EventState.PENDING, EventState.PROCESSING)
    )
    return operations.exists() or events.exists()


def _repair(comparison: Comparison) -> Finding:
    kind, stripe_id = comparison.kind, comparison.stripe_id
    try:
        _read_and_apply(kind, stripe_id)
        again = mirror.fetch_and_compare(kind, stripe_id)[-1]
    except Exception as error:
        return _unread(kind, stripe_id, error)
    if again.differs:
        return _found(Verdict.CONTRADICTS, again)
    return _found(Verdict.REPAIRED, comparison)


def _read_and_apply(kind: str, stripe_id: str) -> None:
    try:
        mirror.fetch_and_apply(kind, stripe_id)
    except ReadRequired as required:
        if required.stripe_id == stripe_id:
            raise
        # The object that it belongs to is missing too.
        mirror.fetch_and_apply(required.kind, required.stripe_id)
        mirror.fetch_and_apply(kind, stripe_id)


def _iterate_rows(kind: _Kind, since: datetime) -> Iterator[str]:
    """In chunks by primary key, since the connection is released during calls to Stripe."""
    mirrored = mirror.MIRRORED[kind.name]
    rows: Any = mirrored.model._default_manager
    wanted = (
        rows.filter(
            kind.rows,
            Q(created_at__gte=since) | Q(next_read_at__isnull=False),
            **our_values(),
        )
        .exclude(**{mirrored.id_field: None})
        .order_by("pk")
        .values_list("pk", mirrored.id_field)
    )
    after = UUID(int=0)
    while True:
        chunk = list(wanted.filter(pk__gt=after)[:_CHUNK])
        for _, stripe_id in chunk:
            yield str(stripe_id)
        if len(chunk) < _CHUNK:
            return
        after = chunk[-1][0]
