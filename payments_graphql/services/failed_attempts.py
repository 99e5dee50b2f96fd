"""How often a user's attempts to pay or to save a card have failed, from the rows that tell it."""

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

__all__ = ["LATELY", "FailedAttempts", "get_failed_attempts"]

LATELY = timedelta(days=1)
"""Failures longer ago decide nothing, unless the settings look further back."""
OLDEST = timedelta(days=7)
"""Older payments are not looked at while a customer waits, so that one with half a million costs no
more. `payments_reconcile` looks at those of users who have failed lately."""

# A voucher that expired, or a debit that the bank returned days later, tries no card.
_NOT_OF_A_CARD = (
    "payment_intent_payment_attempt_expired",
    "payment_intent_payment_attempt_failed",
)
_TYPE_OF = "payload__data__object__last_{}_error__payment_method__type"
_OF_A_CARD = ~reduce(
    or_,
    (
        Q(**{f"{path}__isnull": False}) & ~Q(**{path: "card"})
        for path in (_TYPE_OF.format("payment"), _TYPE_OF.format("setup"))
    ),
)


@dataclass
class FailedAttempts:
    """Of one user: the times, by Stripe's clock and in order, for each payment and setup intent."""

    by_intent: dict[UUID, list[datetime]] = field(default_factory=dict)

    def get_overtried(self) -> set[UUID]:
        """Intents that failed so often that they are taken for card testing."""
        limit = conf.PAYMENTS_FAILURES_PER_INTENT
        return {pk for pk, times in self.by_intent.items() if limit and len(times) >= limit}

    def get_blocked_until(self) -> datetime | None:
        """A while after the last failure that was one too many; None when none was."""
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
    """By the user's primary key. See Note [Card testing].

    With two statements for a user of whom nothing has failed, however much they pay. `of_any_age`
    looks at payments and setup intents older than `OLDEST` too, whose client secrets still work.
    """
    found: defaultdict[Any, FailedAttempts] = defaultdict(FailedAttempts)
    since = timezone.now() - max(conf.PAYMENTS_FAILURES_BLOCK + _get_window(), LATELY)
    payments, setups = _list_intents(users, since, of_any_age=of_any_age)
    from_events = _read_events(payments, setups)
    from_changes = _read_changes(payments, setups)
    if not from_events and not from_changes:
        return found
    failed = (
        payments.filter(
            Q(stripe_payment_intent_id__in=from_events) | Q(pk__in=from_changes)
        ).values_list("pk", "stripe_payment_intent_id", "customer__user_id"),
        setups.filter(
            Q(stripe_setup_intent_id__in=from_events) | Q(pk__in=from_changes)
        ).values_list("pk", "stripe_setup_intent_id", "customer__user_id"),
    )
    for pk, stripe_id, user_id in chain(*failed):
        # The longer of the two: most failures are in both.
        times = max(from_events.get(str(stripe_id), []), from_changes.get(pk, []), key=len)
        found[user_id].by_intent[pk] = sorted(times)
    return found


def _list_intents(
    users: Collection[Any], since: datetime, *, of_any_age: bool
) -> tuple[QuerySet[StripePaymentIntent], QuerySet[StripeSetupIntent]]:
    """What may have failed lately: a failure changes the row."""
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
    """By the intent's id at Stripe; each failure is a row of its own."""
    failures = StripeWebhookEvent.objects.filter(type__in=StripeWebhookEvent.FAILED_ATTEMPTS)
    failures = failures.filter(_OF_A_CARD)
    # Two semi-joins, each by an index: with OR all failures of the site would be looked through.
    rows = _unite(
        failures.filter(object_id__in=payments.values("stripe_payment_intent_id")),
        failures.filter(object_id__in=setups.values("stripe_setup_intent_id")),
        ("object_id", "stripe_created", "request_key"),
    )
    return _group(rows)


def _read_changes(
    payments: QuerySet[StripePaymentIntent], setups: QuerySet[StripeSetupIntent]
) -> dict[UUID, list[datetime]]:
    """By the intent's primary key. A refund fails without any attempt to pay."""
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
    """Without the attempts that no customer made."""
    rows = list(rows)
    off_session = _find_off_session({key for _, _, key in rows if key})
    found: defaultdict[Key, list[datetime]] = defaultdict(list)
    for of, time, key in rows:
        if key not in off_session:
            found[of].append(time)
    return found


def _find_off_session(request_keys: set[str]) -> set[str]:
    """Those of charges by the site's own job, while the customer was away: nobody tries a card."""
    pks = [UUID(key) for key in request_keys if _UUID.fullmatch(key)]
    if not pks:
        return set()
    charges = Operation.objects.filter(
        pk__in=pks, kind=OperationKind.CONFIRM_PAYMENT_INTENT, parameters__off_session=True
    )
    return {str(pk) for pk in charges.values_list("pk", flat=True)}
