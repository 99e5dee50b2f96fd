"""Reads the figures of a period, and of the period before it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BooleanField, Case, Max, Sum, Value, When

from ..models import DailyFigure, FigureName
from .days import ONE_DAY, get_today, iterate_days

LONGEST = 366
"""In days."""


@dataclass(frozen=True)
class Period:
    """Both days are included."""

    first: date
    last: date

    @classmethod
    def of_days(cls, count: int) -> "Period":
        """The last `count` days, with today."""
        today = get_today()
        return cls(today - timedelta(days=count - 1), today)

    @property
    def length(self) -> int:
        return (self.last - self.first) // ONE_DAY + 1

    @property
    def before(self) -> "Period":
        """As many days, directly before."""
        return Period(self.first - timedelta(days=self.length), self.first - ONE_DAY)

    @property
    def days(self) -> list[date]:
        return list(iterate_days(self.first, self.last))


@dataclass(frozen=True)
class Total:
    count: int = 0
    amount: int = 0
    largest: int = 0


type Mode = tuple[str, bool]
"""Account and livemode."""
type _Key = tuple[str, str, str]
"""Currency, name, detail."""


class Figures:
    """Sums of one period, for all currencies."""

    def __init__(self, totals: Mapping[_Key, Total]) -> None:
        self._totals = totals

    @property
    def currencies(self) -> list[str]:
        """The most used first."""
        used: defaultdict[str, int] = defaultdict(int)
        for (currency, _name, _detail), total in self._totals.items():
            if currency:
                used[currency] += total.count
        return sorted(used, key=lambda currency: (-used[currency], currency))

    def get(self, name: FigureName, currency: str = "", detail: str = "") -> Total:
        return self._totals.get((currency, name, detail), Total())

    def list_details(self, name: FigureName, currency: str = "") -> dict[str, Total]:
        """The largest count first."""
        found = {
            detail: total
            for (of_currency, of_name, detail), total in self._totals.items()
            if of_currency == currency and of_name == name
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1].count, item[0])))

    def count_tried(self, currency: str) -> tuple[int, int]:
        """Payments that were paid or authorized, and all payments that someone tried to pay."""
        successful = sum(
            self.get(name, currency).count for name in (FigureName.PAID, FigureName.AUTHORIZED)
        )
        return successful, successful + self.get(FigureName.NOT_PAID, currency).count


def read_figures(period: Period) -> dict[Mode, tuple[Figures, Figures]]:
    """Of the period, and of the period before, for each mode that has any."""
    is_before = Case(
        When(day__lt=period.first, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = (
        DailyFigure.objects.filter(day__gte=period.before.first, day__lte=period.last)
        .order_by()
        .annotate(is_before=is_before)
        .values_list("account", "livemode", "is_before", "currency", "name", "detail")
        .annotate(sum_count=Sum("count"), sum_amount=Sum("amount"), largest=Max("amount"))
    )
    totals: dict[Mode, tuple[dict[_Key, Total], dict[_Key, Total]]] = {}
    for account, livemode, is_before, currency, name, detail, count, amount, largest in rows:
        both = totals.setdefault((account, livemode), ({}, {}))
        total = Total(int(count), int(amount), int(largest))
        both[bool(is_before)][currency, name, detail] = total
    return {mode: (Figures(now), Figures(before)) for mode, (now, before) in totals.items()}


def read_series(mode: Mode, period: Period, currency: str) -> dict[date, Figures]:
    """The figures of each day in one currency, and those without a currency."""
    account, livemode = mode
    rows = DailyFigure.objects.filter(
        account=account,
        livemode=livemode,
        day__gte=period.first,
        day__lte=period.last,
        currency__in=(currency, ""),
    ).order_by()
    by_day: dict[date, dict[_Key, Total]] = {day: {} for day in period.days}
    for day, of_currency, name, detail, count, amount in rows.values_list(
        "day", "currency", "name", "detail", "count", "amount"
    ):
        by_day[day][of_currency, name, detail] = Total(count, amount, amount)
    return {day: Figures(totals) for day, totals in by_day.items()}
