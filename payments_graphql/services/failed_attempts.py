"""Counts how often a user's attempts to pay or to save a card have failed."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from ..conf import conf
from ..kept_queries import KeptQueries
from ..models import (
    CauseKind,
    Operation,
    OperationKind,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripeSetupIntent,
    StripeWebhookEvent,
    our_values,
)
from ..rate_limits import parse

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

__all__ = ["LATELY", "FailedAttempts", "get_failed_attempts", "get_horizon"]

LATELY = timedelta(days=1)
"""Older failures are ignored, unless the settings look further back."""
OLDEST = timedelta(days=7)
"""Older payments are not checked while a customer waits, so that a customer with many payments
waits no longer than others. `payments_reconcile` checks those of users with recent failures."""

# A voucher that expired, or a debit that the bank returned days later, tries no card.
_NOT_OF_A_CARD = (
    "payment_intent_payment_attempt_expired",
    "payment_intent_payment_attempt_failed",
)
_TYPE_OF = "payload__data__object__last_{}_error__payment_method__type"
_OF_CUSTOMER = ("customer__user_id", "customer__unblocked_at")
_OF_A_CARD = ~reduce(
    or_,
    (
        Q(**{f"{path}__isnull": False}) & ~Q(**{path: "card"})
        for path in (_TYPE_OF.format("payment"), _TYPE_OF.format("setup"))
    ),
)


_kept = KeptQueries()


@dataclass
class FailedAttempts:
    """The failures of one user: the times at Stripe, in order, for each payment and setup
    intent."""

    by_intent: dict[UUID, list[datetime]] = field(default_factory=dict)

    def get_overtried(self) -> set[UUID]:
        """The intents with so many failures that they count as card testing."""
        limit = conf.PAYMENTS_FAILURES_PER_INTENT
        return {pk for pk, times in self.by_intent.items() if limit and len(times) >= limit}

    def get_blocked_until(self) -> datetime | None:
        """The end of the block after the last failure above the limit, or None without a block."""
        last = [self.by_intent[pk][-1] for pk in self.get_overtried()]
        for limit in parse(conf.PAYMENTS_FAILURES_PER_USER):
            window = timedelta(seconds=limit.get_expiry())
            times = sorted(chain(*self.by_intent.values()))
            pairs = zip(times, times[limit.amount - 1 :], strict=False)
            last += [end for start, end in pairs if end - start <= window]
        return max(last) + conf.PAYMENTS_FAILURES_BLOCK if last else None


def get_failed_attempts(
    users: Collection[Any], *, of_any_age: bool = False
) -> dict[Any, FailedAttempts]:
    """The failures of each user, by primary key. See Note [Card testing].

    Failures before a person lifted the block do not count.

    Runs two statements for a user without failures, however many payments there are. With
    `of_any_age`, also checks payments and setup intents older than `OLDEST`, whose client secrets
    still work.
    """
    found: defaultdict[Any, FailedAttempts] = defaultdict(FailedAttempts)
    now = timezone.now()
    recent = _Recent(users, now - get_horizon(), None if of_any_age else now - OLDEST)
    from_events = _group(_read(recent, _list_events))
    from_changes = _group(_read(recent, _list_changes))
    if not from_events and not from_changes:
        return found
    payments, setups = recent.list_intents()
    failed = (
        payments.filter(
            Q(stripe_payment_intent_id__in=from_events) | Q(pk__in=from_changes)
        ).values_list("pk", "stripe_payment_intent_id", *_OF_CUSTOMER),
        setups.filter(
            Q(stripe_setup_intent_id__in=from_events) | Q(pk__in=from_changes)
        ).values_list("pk", "stripe_setup_intent_id", *_OF_CUSTOMER),
    )
    for pk, stripe_id, user_id, unblocked_at in chain(*failed):
        # Use the longer list: most failures are in both.
        times = max(from_events.get(str(stripe_id), []), from_changes.get(pk, []), key=len)
        if counted := [time for time in times if unblocked_at is None or time > unblocked_at]:
            found[user_id].by_intent[pk] = sorted(counted)
    return found


def get_horizon() -> timedelta:
    """Failures of payments that have not changed for this long do not count any more."""
    return max(conf.PAYMENTS_FAILURES_BLOCK + _get_window(), LATELY)


def _get_window() -> timedelta:
    expiries = [limit.get_expiry() for limit in parse(conf.PAYMENTS_FAILURES_PER_USER)]
    return timedelta(seconds=max(expiries, default=0))


@dataclass(frozen=True)
class _Recent:
    """The intents that can have failed recently: a failure changes the row. `oldest` is None for
    those of any age."""

    users: Collection[Any]
    since: datetime
    oldest: datetime | None

    def list_intents(self) -> tuple[QuerySet[StripePaymentIntent], QuerySet[StripeSetupIntent]]:
        customers = StripeCustomer.objects.filter(user__in=self.users).order_by().values("pk")
        lately = {"customer__in": customers, **our_values(), "updated_at__gte": self.since}
        if self.oldest is not None:
            lately["created_at__gte"] = self.oldest
        return (
            StripePaymentIntent.objects.accepted().filter(**lately).order_by(),
            StripeSetupIntent.objects.accepted().filter(**lately).order_by(),
        )


def _read(recent: _Recent, list_failures: Callable[[_Recent], QuerySet[Any]]) -> list[Any]:
    """See Note [Kept SQL]: every new payment asks for the failures of one user, and to make these
    statements took a quarter of its time."""
    if len(recent.users) != 1:
        return list(list_failures(recent))
    values = [*recent.users, recent.since]
    if recent.oldest is not None:
        values.append(recent.oldest)
    key = (list_failures, len(values), *our_values().values())
    return _kept.read(key, values, lambda: list_failures(recent))


def _list_events(recent: _Recent) -> QuerySet[Any]:
    """The Stripe ids of the intents, and the times of the failures. Each has its own row."""
    payments, setups = recent.list_intents()
    failures = StripeWebhookEvent.objects.filter(type__in=StripeWebhookEvent.FAILED_ATTEMPTS)
    failures = failures.filter(_OF_A_CARD)
    # Two semi-joins, each with an index. With OR, the database would read all failures.
    return _unite(
        failures.filter(object_id__in=payments.values("stripe_payment_intent_id")),
        failures.filter(object_id__in=setups.values("stripe_setup_intent_id")),
        ("object_id", "stripe_created", "request_key"),
    )


def _list_changes(recent: _Recent) -> QuerySet[Any]:
    """The primary keys of the intents, and the times of the failures. A failed refund is not an
    attempt to pay."""
    payments, setups = recent.list_intents()
    failures = StatusChange.objects.filter(refund=None, dispute=None).exclude(
        failure_code__in=("", *_NOT_OF_A_CARD)
    )
    event_key = StripeWebhookEvent.objects.filter(event_id=OuterRef("cause_id"))
    failures = failures.annotate(
        request_key=Case(
            When(cause_kind=CauseKind.OPERATION, then=F("cause_id")),
            default=Subquery(event_key.values("request_key")[:1]),
        )
    )
    return _unite(
        failures.filter(payment_intent__in=payments.values("pk")).annotate(of=F("payment_intent")),
        failures.filter(setup_intent__in=setups.values("pk")).annotate(of=F("setup_intent")),
        ("of", "occurred_at", "request_key"),
    )


def _unite(one: QuerySet[Any], other: QuerySet[Any], names: tuple[str, ...]) -> QuerySet[Any]:
    rows = [rows.order_by().values_list(*names) for rows in (one, other)]
    return rows[0].union(rows[1], all=True).order_by()


def _group[Key](rows: Iterable[tuple[Key, datetime, str | None]]) -> dict[Key, list[datetime]]:
    """The times by intent, without attempts that no customer made."""
    rows = list(rows)
    off_session = _find_off_session({key for _, _, key in rows if key})
    found: defaultdict[Key, list[datetime]] = defaultdict(list)
    for of, time, key in rows:
        if key not in off_session:
            found[of].append(time)
    return found


def _find_off_session(request_keys: set[str]) -> set[str]:
    """The request keys of off-session charges by the site's own job. Nobody tests cards there."""
    pks = [UUID(key) for key in request_keys if _UUID.fullmatch(key)]
    if not pks:
        return set()
    charges = Operation.objects.filter(
        pk__in=pks, kind=OperationKind.CONFIRM_PAYMENT_INTENT, parameters__off_session=True
    )
    return {str(pk) for pk in charges.values_list("pk", flat=True)}
