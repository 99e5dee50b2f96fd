"""How often a user's attempts to pay or to save a card have failed, from the rows that tell it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..conf import conf
from ..models import (
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from ..rate_limits import parse

__all__ = ["LATELY", "FailedAttempts", "get_failed_attempts"]

LATELY = timedelta(days=1)
"""Failures longer ago decide nothing, unless the settings look further back."""
OLDEST = timedelta(days=7)
"""Older payments are not looked at, so that a customer with half a million costs no more."""


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


def get_failed_attempts(users: Collection[Any]) -> dict[Any, FailedAttempts]:
    """By the user's primary key. See Note [Card testing]."""
    found: defaultdict[Any, FailedAttempts] = defaultdict(FailedAttempts)
    rows = list(_list_intents(users))
    if not rows:
        return found
    from_events = _read_events(stripe_id for _, stripe_id, _ in rows)
    from_changes = _read_changes([pk for pk, _, _ in rows])
    for pk, stripe_id, user_id in rows:
        # The longer of the two: most failures are in both.
        times = max(from_events.get(stripe_id, []), from_changes.get(pk, []), key=len)
        if times:
            found[user_id].by_intent[pk] = sorted(times)
    return found


def _list_intents(users: Collection[Any]) -> QuerySet[Any, tuple[UUID, str, Any]]:
    """With one statement: primary key, id at Stripe, and user."""
    now = timezone.now()
    # A failure changes the row, so that those which did not change lately had none.
    since = now - max(conf.PAYMENTS_FAILURES_BLOCK + _get_window(), LATELY)
    lately = {
        "customer__in": StripeCustomer.objects.filter(user__in=users).values("pk"),
        "livemode": conf.livemode,
        "created_at__gte": now - OLDEST,
        "updated_at__gte": since,
    }
    payments = StripePaymentIntent.objects.accepted().filter(**lately).order_by()
    setups = StripeSetupIntent.objects.accepted().filter(**lately).order_by()
    rows: QuerySet[Any, Any] = payments.values_list(
        "pk", "stripe_payment_intent_id", "customer__user_id"
    ).union(setups.values_list("pk", "stripe_setup_intent_id", "customer__user_id"), all=True)
    return rows.order_by()


def _get_window() -> timedelta:
    expiries = [limit.get_expiry() for limit in parse(conf.PAYMENTS_FAILURES_PER_USER)]
    return timedelta(seconds=max(expiries, default=0))


def _read_events(stripe_ids: Iterable[str]) -> dict[str, list[datetime]]:
    """Each a row of its own, by the index on what they are about."""
    events = StripeWebhookEvent.objects.filter(
        object_id__in=list(stripe_ids), type__in=StripeWebhookEvent.FAILED_ATTEMPTS
    )
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for stripe_id, created in events.order_by().values_list("object_id", "stripe_created"):
        found[stripe_id].append(created)
    return found


def _read_changes(pks: list[UUID]) -> dict[UUID, list[datetime]]:
    """By the indexes on payments and setup intents. A refund fails without any attempt to pay."""
    changes = StatusChange.objects.filter(
        Q(payment_intent__in=pks) | Q(setup_intent__in=pks), refund=None, dispute=None
    ).exclude(failure_code="")
    found: defaultdict[UUID, list[datetime]] = defaultdict(list)
    rows = changes.order_by().values_list("payment_intent_id", "setup_intent_id", "occurred_at")
    for payment, setup, occurred_at in rows:
        found[payment or setup].append(occurred_at)
    return found
