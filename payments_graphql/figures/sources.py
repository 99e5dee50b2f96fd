"""Where figures come from, and how to find the days that have changed."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..models import (
    DailyFigure,
    FigureName,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
    list_modes,
)
from . import counting
from .days import ONE_DAY, get_day, iterate_days

MOST_ROWS = 5_000
"""How many changed rows are read at once."""


@dataclass(frozen=True)
class Position:
    """How far changed rows have been read."""

    at: datetime
    pk: uuid.UUID | None = None


@dataclass(frozen=True)
class Changes:
    """The days of some changed rows. `is_last` says that there are no more."""

    days: set[date]
    position: Position
    is_last: bool


@dataclass(frozen=True)
class Source:
    """Figures that are counted together. `count` counts a day."""

    name: str
    figures: tuple[FigureName, ...]
    count: Callable[[date], counting.Counted]
    list_changes: Callable[[Position], Changes]
    find_first: Callable[[], datetime | None]

    def find_first_day(self) -> date:
        """Of the rows, or of figures that were counted before. A decline can be a moment older than
        its payment, since Stripe's clock is another one."""
        first = self.find_first()
        days = [get_day(timezone.now() if first is None else first) - ONE_DAY]
        counted = DailyFigure.objects.filter(name__in=self.figures).order_by("day")
        days += counted.values_list("day", flat=True)[:1]
        return min(days)


def _list_changed_payments(position: Position) -> Changes:
    changes = _list_changed(StripePaymentIntent, position)
    declined = counting.list_declined(
        payment_intent__updated_at__gte=position.at,
        payment_intent__updated_at__lte=changes.position.at,
    )
    attempts = {get_day(moment) for moment in declined.values_list("occurred_at", flat=True)}
    return Changes(changes.days | attempts, changes.position, changes.is_last)


def _list_changed(model: Any, position: Position) -> Changes:
    rows = model._default_manager.filter(updated_at__gte=position.at)
    if position.pk is not None:
        rows = rows.filter(Q(updated_at__gt=position.at) | Q(pk__gt=position.pk))
    ordered = rows.order_by("updated_at", "pk").values_list("updated_at", "pk", "created_at")
    found = list(ordered[:MOST_ROWS])
    days = {get_day(created_at) for _, _, created_at in found}
    reached = Position(*found[-1][:2]) if found else position
    return Changes(days, reached, is_last=len(found) < MOST_ROWS)


def _list_changed_webhooks(position: Position) -> Changes:
    """Every day since then. An event stored before our account was known gets it later, so the days
    of such events are counted again each time."""
    now = timezone.now()
    waiting = DailyFigure.objects.filter(account="").values_list("day", flat=True).distinct()
    days = {*iterate_days(get_day(position.at), get_day(now)), *waiting}
    return Changes(days, Position(now), is_last=True)


def _find_first(model: Any) -> datetime | None:
    rows = model._default_manager.order_by("created_at").values_list("created_at", flat=True)
    found = [
        rows.filter(account=account, livemode=livemode).first()
        for account, livemode in list_modes(model)
    ]
    return min((one for one in found if one is not None), default=None)


def _find_first_webhook() -> datetime | None:
    moments = StripeWebhookEvent.objects.order_by("received_at")
    return moments.values_list("received_at", flat=True).first()


SOURCES = (
    Source(
        "payments",
        (
            FigureName.PAID,
            FigureName.AUTHORIZED,
            FigureName.NOT_PAID,
            FigureName.FEES,
            FigureName.DECLINED,
        ),
        counting.count_payments,
        _list_changed_payments,
        lambda: _find_first(StripePaymentIntent),
    ),
    Source(
        "refunds",
        (FigureName.REFUNDED, FigureName.REFUNDS_OPEN, FigureName.REFUNDS_FAILED),
        counting.count_refunds,
        lambda position: _list_changed(StripeRefund, position),
        lambda: _find_first(StripeRefund),
    ),
    Source(
        "disputes",
        (FigureName.DISPUTED, FigureName.DISPUTES_WON, FigureName.DISPUTES_LOST),
        counting.count_disputes,
        lambda position: _list_changed(StripeDispute, position),
        lambda: _find_first(StripeDispute),
    ),
    Source(
        "webhooks",
        (FigureName.WEBHOOK_DELAY, FigureName.WEBHOOK_SLOWEST, FigureName.EVENTS_POLLED),
        counting.count_webhooks,
        _list_changed_webhooks,
        _find_first_webhook,
    ),
)
