"""The page of the figures. See Note [Daily figures]."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext

from .. import figures
from ..figures import Figures, Total, format_rate, format_sum
from ..models import (
    Dashboard,
    FigureName,
    StatusChange,
    StripeDispute,
    StripeRefund,
    StripeWebhookEvent,
)
from ..money import get_exponent
from ..policy import get_policy
from .dashboard_choices import PARAMETERS, Choices
from .figure_cards import Cards, format_delay
from .figure_links import Rows
from .own_page import OwnPageAdmin

MAY_BE_OLD = timedelta(minutes=1)


@dataclass(frozen=True)
class Day:
    """A line of the table of days, and a point of the charts."""

    day: date
    counted: Figures
    currency: str

    def _get(self, name: FigureName) -> Total:
        return self.counted.get(name, self.currency)

    @property
    def paid(self) -> str:
        return format_sum(self._get(FigureName.PAID).amount, self.currency)

    @property
    def refunded(self) -> str:
        return format_sum(self._get(FigureName.REFUNDED).amount, self.currency)

    @property
    def success_rate(self) -> str:
        return format_rate(*self.counted.count_tried(self.currency))

    @property
    def disputes(self) -> int:
        return self._get(FigureName.DISPUTED).count

    @property
    def slowest(self) -> str:
        slowest = self.counted.get(FigureName.WEBHOOK_SLOWEST)
        return format_delay(slowest.amount) if slowest.count else "-"

    def get_points(self) -> dict[str, float | None]:
        """Numbers for the charts, in major units, percent and seconds."""
        unit = 10 ** get_exponent(self.currency)
        successful, tried = self.counted.count_tried(self.currency)
        slowest = self.counted.get(FigureName.WEBHOOK_SLOWEST)
        return {
            "paid": self._get(FigureName.PAID).amount / unit,
            "refunded": self._get(FigureName.REFUNDED).amount / unit,
            "success_rate": 100 * successful / tried if tried else None,
            "disputes": self.disputes,
            "slowest": slowest.amount / 1000 if slowest.count else None,
        }


@dataclass(frozen=True)
class CurrencyLine:
    """A line of the table of currencies."""

    currency: str
    paid: str
    refunded: str
    success_rate: str
    disputes: int
    url: str


@admin.register(Dashboard)
class DashboardAdmin(OwnPageAdmin):
    template = "admin/payments_graphql/dashboard.html"
    parameters = PARAMETERS

    class Media:
        css: ClassVar = {"all": ("payments_graphql/uplot/uPlot.min.css",)}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_policy().may_see_everything(request.user)

    def make_context(self, request: HttpRequest) -> dict[str, Any]:
        progress = figures.refresh_if_older(MAY_BE_OLD)
        choices = Choices(request.GET)
        shown = _show(choices, _make_may_view(request))
        return {"progress": progress, "choices": choices, **shown}


def _make_may_view(request: HttpRequest) -> Callable[[type[Model]], bool]:
    policy = get_policy()
    return lambda model: policy.may_see_everything(request.user, model)


def _show(choices: Choices, may_view: Callable[[type[Model]], bool]) -> dict[str, Any]:
    if not choices.currencies and not choices.figures[0].get(FigureName.WEBHOOK_SLOWEST).count:
        return {"is_empty": True}
    rows = Rows(choices.period, choices.currency, is_ours=choices.mode == choices.ours)
    cards = Cards(*choices.figures, rows)
    series = figures.read_series(choices.mode, choices.period, choices.currency)
    days = [Day(day, found, choices.currency) for day, found in series.items()]
    parts = {
        "refunds": may_view(StripeRefund),
        "disputes": may_view(StripeDispute),
        "webhooks": may_view(StripeWebhookEvent),
        "changes": may_view(StatusChange),
    }
    return {
        "sections": list(cards.list_sections(may_view)),
        "declines": cards.list_declines(),
        "currency_lines": list(_list_currencies(choices)) if len(choices.currencies) > 1 else [],
        "days": days[::-1],
        "parts": parts,
        "charts": _make_charts(days, parts),
        "before": choices.period.before,
    }


def _list_currencies(choices: Choices) -> Iterator[CurrencyLine]:
    now, _before = choices.figures
    for currency in choices.currencies:
        yield CurrencyLine(
            currency,
            format_sum(now.get(FigureName.PAID, currency).amount, currency),
            format_sum(now.get(FigureName.REFUNDED, currency).amount, currency),
            format_rate(*now.count_tried(currency)),
            now.get(FigureName.DISPUTED, currency).count,
            choices.get_url(currency=currency),
        )


def _make_charts(days: list[Day], parts: dict[str, bool]) -> dict[str, Any]:
    """For `dashboard.js`. A single day is not worth a chart."""
    currency = days[0].currency if days else ""
    names = {
        "paid": (gettext("Paid"), currency, get_exponent(currency)),
        "refunded": (gettext("Refunded"), currency, get_exponent(currency)),
        "success_rate": (gettext("Success rate"), "%", 1),
        "disputes": (gettext("Disputes opened"), "", 0),
        "slowest": (gettext("Slowest webhook"), "s", 1),
    }
    hidden = {
        "refunded": not parts["refunds"],
        "disputes": not parts["disputes"],
        "slowest": not parts["webhooks"],
    }
    points = [day.get_points() for day in days]
    return {
        "label": gettext("Day"),
        "days": [date_format(day.day, "SHORT_DATE_FORMAT") for day in days],
        "series": {
            name: {
                "label": label,
                "unit": unit,
                "digits": digits,
                "values": [point[name] for point in points],
            }
            for name, (label, unit, digits) in names.items()
            if not hidden.get(name) and len(days) > 1
        },
    }
