"""Counts how often a user's attempts to pay or to save a card have failed."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
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
    since = timezone.now() - get_horizon()
    payments, setups = _list_intents(users, since, of_any_age=of_any_age)
    from_events = _read_events(payments, setups)
    from_changes = _read_changes(payments, setups)
    if not from_events and not from_changes:
        return found
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


def _list_intents(
    users: Collection[Any], since: datetime, *, of_any_age: bool
) -> tuple[QuerySet[StripePaymentIntent], QuerySet[StripeSetupIntent]]:
    """The intents that can have failed recently: a failure changes the row."""
    lately: dict[str, Any] = {
        "customer__in": StripeCustomer.objects.filter(user__in=users).order_by().values("pk"),
        **our_values(),
        "updated_at__gte": since,
    }
    if not of_any_age:
        lately["created_at__gte"] = timezone.now() - OLDEST
    return (
        StripePaymentIntent.objects.accepted().filter(**lately).order_by(),
        StripeSetupIntent.objects.accepted().filter(**lately).order_by(),
    )


def _get_window() -> timedelta:
    expiries = [limit.get_expiry() for limit in parse(conf.PAYMENTS_FAILURES_PER_USER)]
    return timedelta(seconds=max(expiries, default=0))


def _read_events(
    payments: QuerySet[StripePaymentIntent], setups: QuerySet[StripeSetupIntent]
) -> dict[str, list[datetime]]:
    """The times of the failures, by the Stripe id of the intent. Each failure has its own row."""
    failures = StripeWebhookEvent.objects.filter(type__in=StripeWebhookEvent.FAILED_ATTEMPTS)
    failures = failures.filter(_OF_A_CARD)
    # Two semi-joins, each with an index. With OR, the database would read all failures.
    rows = _unite(
        failures.filter(object_id__in=payments.values("stripe_payment_intent_id")),
        failures.filter(object_id__in=setups.values("stripe_setup_intent_id")),
        ("object_id", "stripe_created", "request_key"),
    )
    return _group(rows)


def _read_changes(
    payments: QuerySet[StripePaymentIntent], setups: QuerySet[StripeSetupIntent]
) -> dict[UUID, list[datetime]]:
    """The times of the failures, by the primary key of the intent. A failed refund is not an
    attempt to pay."""
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
    rows = _unite(
        failures.filter(payment_intent__in=payments.values("pk")).annotate(of=F("payment_intent")),
        failures.filter(setup_intent__in=setups.values("pk")).annotate(of=F("setup_intent")),
        ("of", "occurred_at", "request_key"),
    )
    return _group(rows)


def _unite(one: QuerySet[Any], other: QuerySet[Any], names: tuple[str, ...]) -> list[Any]:
    rows = [rows.order_by().values_list(*names) for rows in (one, other)]
    return list(rows[0].union(rows[1], all=True).order_by())


def _group[Key](rows: Iterable[tuple[Key, datetime, str | None]]) -> dict[Key, list[datetime]]:
    """Excludes attempts that no customer made."""
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
