"""A shop's rows, and the figures counted by hand."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from payments_graphql.models import (
    CauseKind,
    DailyFigure,
    EventSource,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
numbers = itertools.count(1)

type Sums = dict[tuple[Any, ...], tuple[int, int]]


@pytest.fixture(autouse=True)
def figures_wait() -> None:
    """Here, rounds of `payments_reconcile` count them."""


def read_stored() -> Sums:
    names = ("account", "livemode", "day", "currency", "name", "detail", "count", "amount")
    return {row[:6]: row[6:] for row in DailyFigure.objects.values_list(*names)}


def count_by_hand() -> Sums:
    """Reads every row, and nothing from the code that counts."""
    counts: Counter[Any] = Counter()
    amounts: Counter[Any] = Counter()
    slowest: dict[Any, int] = {}

    def add(row: Any, moment: datetime, name: str, amount: int = 0, detail: str = "") -> None:
        zone = ZoneInfo(django_settings.TIME_ZONE)
        currency = getattr(row, "currency", "")
        day = moment.astimezone(zone).date()
        key = (row.account, row.livemode, day, currency, name, detail)
        counts[key] += 1
        amounts[key] += amount

    for intent in StripePaymentIntent.objects.exclude(stripe_payment_intent_id=None):
        if intent.status == "succeeded":
            add(intent, intent.created_at, "paid", intent.amount_received)
            if intent.fee is not None:
                add(intent, intent.created_at, "fees", intent.fee, intent.fee_currency)
        elif intent.status == "requires_capture":
            add(intent, intent.created_at, "authorized", intent.amount_capturable)
        elif intent.last_error is not None:
            add(intent, intent.created_at, "not_paid", intent.amount)
    for change in StatusChange.objects.exclude(failure_code=""):
        if change.payment_intent and not (change.refund_id or change.dispute_id):
            intent = change.payment_intent
            add(intent, change.occurred_at, "declined", intent.amount, change.failure_code)
    for refund in StripeRefund.objects.exclude(stripe_refund_id=None):
        name = {
            "succeeded": "refunded",
            "failed": "refunds_failed",
            "pending": "refunds_open",
            "requires_action": "refunds_open",
        }.get(refund.status)
        if name:
            add(refund, refund.created_at, name, refund.amount)
    for dispute in StripeDispute.objects.all():
        add(dispute, dispute.created_at, "disputed", dispute.amount)
        if dispute.status in ("won", "lost"):
            add(dispute, dispute.created_at, f"disputes_{dispute.status}", dispute.amount)
    for event in StripeWebhookEvent.objects.all():
        if event.source == EventSource.PULL:
            add(event, event.received_at, "events_polled")
            continue
        delay = (event.received_at - event.stripe_created).total_seconds()
        bounds = (2, 5, 10, 30, 60, 300, 3600)
        detail = next((str(bound) for bound in bounds if delay <= bound), "longer")
        add(event, event.received_at, "webhook_delay", 0, detail)
        add(event, event.received_at, "webhook_slowest")
        day = event.received_at.astimezone(ZoneInfo(django_settings.TIME_ZONE)).date()
        key = (event.account, event.livemode, day, "", "webhook_slowest", "")
        slowest[key] = max(slowest.get(key, 0), round(delay * 1000))
    return {key: (counts[key], slowest.get(key, amounts[key])) for key in counts}


class Shop:
    """Writes rows as the mirror does: every change sets `updated_at`."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.random = random.Random(5)
        self.customers: dict[tuple[str, bool], StripeCustomer] = {}
        self.moment = NOON

    def _values(self, created_at: datetime | None, mode: tuple[str, bool]) -> dict[str, Any]:
        created_at = created_at or self.moment
        values = {"account": mode[0], "livemode": mode[1]}
        return {**values, "created_at": created_at, "as_of": created_at}

    def pay(
        self,
        status: str = "succeeded",
        amount: int = 1000,
        currency: str = "USD",
        *,
        mode: tuple[str, bool] = (django_settings.PAYMENTS_ACCOUNT, False),
        created_at: datetime | None = None,
        fee: int | None = None,
        declined: str = "",
    ) -> StripePaymentIntent:
        if mode not in self.customers:
            values = {"account": mode[0], "livemode": mode[1]}
            self.customers[mode] = StripeCustomer.objects.create(
                user=self.user, stripe_customer_id=f"cus_{next(numbers)}", **values
            )
        intent = StripePaymentIntent.objects.create(
            customer=self.customers[mode],
            stripe_payment_intent_id=f"pi_{next(numbers)}",
            status=status,
            amount=amount,
            amount_received=amount if status == "succeeded" else 0,
            amount_capturable=amount if status == "requires_capture" else 0,
            currency=currency,
            fee=fee,
            fee_currency="" if fee is None else "EUR",
            last_error={"code": declined} if declined else None,
        )
        self._date(intent, **self._values(created_at, mode))
        if declined:
            self.decline(intent, declined, at=created_at or self.moment)
        return intent

    def decline(self, intent: StripePaymentIntent, code: str, *, at: datetime) -> None:
        StatusChange.objects.create(
            payment_intent=intent,
            from_status="requires_payment_method",
            to_status="requires_payment_method",
            failure_code=code,
            cause_kind=CauseKind.EVENT,
            occurred_at=at,
        )
        self.change(intent)

    def refund(
        self, intent: StripePaymentIntent, status: str = "succeeded", amount: int = 300,
        *, created_at: datetime | None = None, is_accepted: bool = True,
    ) -> StripeRefund:  # fmt: skip
        refund = StripeRefund.objects.create(
            payment_intent=intent,
            stripe_refund_id=f"re_{next(numbers)}" if is_accepted else None,
            status=status,
            amount=amount,
            currency=intent.currency,
        )
        self._date(refund, **self._values(created_at, (intent.account, intent.livemode)))
        return refund

    def dispute(
        self, intent: StripePaymentIntent, status: str = "needs_response",
        *, created_at: datetime | None = None,
    ) -> StripeDispute:  # fmt: skip
        dispute = StripeDispute.objects.create(
            payment_intent=intent,
            stripe_dispute_id=f"du_{next(numbers)}",
            status=status,
            amount=intent.amount,
            currency=intent.currency,
        )
        self._date(dispute, **self._values(created_at, (intent.account, intent.livemode)))
        return dispute

    def receive(self, delay: float = 1, source: str = EventSource.WEBHOOK, **mode: Any) -> None:
        event = StripeWebhookEvent.objects.create(
            event_id=f"evt_{next(numbers)}",
            type="payment_intent.succeeded",
            source=source,
            stripe_created=self.moment - timedelta(seconds=delay),
            **mode,
        )
        StripeWebhookEvent.objects.filter(pk=event.pk).update(received_at=self.moment)

    def change(self, row: Any, **values: Any) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    @staticmethod
    def _date(row: Any, **values: Any) -> None:
        """`auto_now_add` ignores a given time."""
        type(row).objects.filter(pk=row.pk).update(**values)
        row.refresh_from_db()


@pytest.fixture
def shop(alice: User) -> Shop:
    return Shop(alice)


@pytest.fixture
def clock() -> Iterator[Callable[..., None]]:
    """Stops the time at noon, and moves it on: `clock(minutes=10)`."""
    import time_machine

    with time_machine.travel(NOON, tick=False) as traveler:
        yield lambda **delta: traveler.shift(timedelta(**delta))
