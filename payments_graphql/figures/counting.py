"""Which rows each figure counts. See Note [Daily figures]."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum

from ..models import (
    DisputeStatus,
    EventSource,
    FigureName,
    PaymentIntentStatus,
    RefundStatus,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
    list_modes,
)
from .days import ONE_DAY, start_of


@dataclass(frozen=True)
class Key:
    account: str
    livemode: bool
    currency: str
    name: str
    detail: str


@dataclass(frozen=True)
class Value:
    count: int
    amount: int


type Counted = Iterator[tuple[Key, Value]]

PAID = Q(status=PaymentIntentStatus.SUCCEEDED)
SUCCESSFUL = (PaymentIntentStatus.SUCCEEDED, PaymentIntentStatus.REQUIRES_CAPTURE)

# What counts, and the amount to add up.
_OF_PAYMENTS = {
    FigureName.PAID: (PAID, "amount_received"),
    FigureName.AUTHORIZED: (Q(status=PaymentIntentStatus.REQUIRES_CAPTURE), "amount_capturable"),
    FigureName.NOT_PAID: (Q(last_error__isnull=False) & ~Q(status__in=SUCCESSFUL), "amount"),
}
_OF_REFUNDS = {
    FigureName.REFUNDED: (Q(status=RefundStatus.SUCCEEDED), "amount"),
    FigureName.REFUNDS_OPEN: (Q(status__in=RefundStatus.in_progress()), "amount"),
    FigureName.REFUNDS_FAILED: (Q(status=RefundStatus.FAILED), "amount"),
}
_OF_DISPUTES = {
    FigureName.DISPUTED: (Q(), "amount"),
    FigureName.DISPUTES_WON: (Q(status=DisputeStatus.WON), "amount"),
    FigureName.DISPUTES_LOST: (Q(status=DisputeStatus.LOST), "amount"),
}

DELAYS = (2, 5, 10, 30, 60, 300, 3600)
"""Seconds. A webhook counts for the first of them that it did not exceed. Stripe's times are whole
seconds, so a delay can be up to a second shorter than it looks."""
LONGER = "longer"


def count_payments(day: date) -> Counted:
    for account, livemode in list_modes(StripePaymentIntent):
        rows = StripePaymentIntent.objects.accepted().filter(**_on(day, account, livemode))
        yield from _count(rows, _OF_PAYMENTS, account, livemode)
        known = rows.filter(PAID, fee__isnull=False).order_by().values("currency", "fee_currency")
        for row in known.annotate(count=Count("pk"), sum=Sum("fee")):
            key = Key(account, livemode, row["currency"], FigureName.FEES, row["fee_currency"])
            yield key, Value(row["count"], int(row["sum"]))
    yield from _count_declined(day)


def count_refunds(day: date) -> Counted:
    for account, livemode in list_modes(StripeRefund):
        rows = StripeRefund.objects.accepted().filter(**_on(day, account, livemode))
        yield from _count(rows, _OF_REFUNDS, account, livemode)


def count_disputes(day: date) -> Counted:
    for account, livemode in list_modes(StripeDispute):
        rows = StripeDispute.objects.filter(**_on(day, account, livemode))
        yield from _count(rows, _OF_DISPUTES, account, livemode)


def count_webhooks(day: date) -> Counted:
    delay = ExpressionWrapper(F("received_at") - F("stripe_created"), output_field=DurationField())
    is_webhook, lower = Q(source=EventSource.WEBHOOK), Q()
    counts: dict[str, Count] = {}
    for seconds in DELAYS:
        upper = Q(delay__lte=timedelta(seconds=seconds))
        counts[str(seconds)] = Count("pk", filter=is_webhook & lower & upper)
        lower = Q(delay__gt=timedelta(seconds=seconds))
    counts[LONGER] = Count("pk", filter=is_webhook & lower)
    rows = StripeWebhookEvent.objects.filter(**_within(day, "received_at")).order_by()
    for row in (
        rows.alias(delay=delay)
        .values("account", "livemode")
        .annotate(
            slowest=Max("delay", filter=is_webhook),
            webhooks=Count("pk", filter=is_webhook),
            polled=Count("pk", filter=Q(source=EventSource.PULL)),
            **{f"within_{name}": count for name, count in counts.items()},
        )
    ):
        yield from _read_webhooks(row, counts)


def _read_webhooks(row: Mapping[str, Any], details: Iterable[str]) -> Counted:
    def key(name: FigureName, detail: str = "") -> Key:
        return Key(row["account"], row["livemode"], "", name, detail)

    for detail in details:
        if row[f"within_{detail}"]:
            yield key(FigureName.WEBHOOK_DELAY, detail), Value(row[f"within_{detail}"], 0)
    if row["webhooks"]:
        milliseconds = max(int(row["slowest"] / timedelta(milliseconds=1)), 0)
        yield key(FigureName.WEBHOOK_SLOWEST), Value(row["webhooks"], milliseconds)
    if row["polled"]:
        yield key(FigureName.EVENTS_POLLED), Value(row["polled"], 0)


def _count(
    rows: Any, figures: Mapping[FigureName, tuple[Q, str]], account: str, livemode: bool
) -> Counted:
    sums: dict[str, Any] = {}
    for name, (which, amount) in figures.items():
        sums[f"{name}_count"] = Count("pk", filter=which)
        sums[f"{name}_sum"] = Sum(amount, filter=which)
    for row in rows.order_by().values("currency").annotate(**sums):
        for name in figures:
            if row[f"{name}_count"]:
                value = Value(row[f"{name}_count"], int(row[f"{name}_sum"]))
                yield Key(account, livemode, row["currency"], name, ""), value


def list_declined(**which: Any) -> Any:
    """Status changes that record a failed attempt to pay."""
    failed = StatusChange.objects.filter(~Q(failure_code=""), refund=None, dispute=None, **which)
    return failed.filter(payment_intent__isnull=False, setup_intent=None).order_by()


def _count_declined(day: date) -> Counted:
    of = "payment_intent__"
    groups = (f"{of}account", f"{of}livemode", f"{of}currency", "failure_code")
    rows = list_declined(**_within(day, "occurred_at")).values_list(*groups)
    for account, livemode, currency, code, count, amount in rows.annotate(
        count=Count("pk"), sum=Sum(f"{of}amount")
    ):
        key = Key(account, livemode, currency, FigureName.DECLINED, code)
        yield key, Value(count, int(amount))


def _on(day: date, account: str, livemode: bool) -> dict[str, Any]:
    return {"account": account, "livemode": livemode, **_within(day, "created_at")}


def _within(day: date, field: str) -> dict[str, Any]:
    return {f"{field}__gte": start_of(day), f"{field}__lt": start_of(day + ONE_DAY)}
