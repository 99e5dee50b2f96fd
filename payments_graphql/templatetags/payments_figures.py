"""The main figures on the start page of the payments part of the admin."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .. import figures
from ..figures import Figures, Period, format_count, format_rate, format_sum
from ..models import FigureName, StripeDispute, StripeRefund, find_account_or_empty
from ..models.ours import get_livemode
from ..policy import get_policy

register = template.Library()
_NONE = Figures({})


@dataclass(frozen=True)
class Line:
    name: str | Promise
    values: tuple[str, ...]


@register.inclusion_tag(
    "admin/payments_graphql/parts/figures_table.html", name="payments_figures", takes_context=True
)
def show_figures(context: dict[str, Any]) -> dict[str, Any]:
    """Empty for people who may not see the payments."""
    user, policy = context["request"].user, get_policy()
    try:
        url = reverse("admin:payments_graphql_dashboard_changelist")
    except NoReverseMatch:
        url = ""
    if not policy.may_see_everything(user):
        return {"lines": []}
    mode = (find_account_or_empty(), get_livemode())
    of_today, of_week = (
        figures.read_figures(Period.of_days(days)).get(mode, (_NONE, _NONE)) for days in (1, 7)
    )
    columns = (of_today[0], *of_week)
    currency = next(iter([*of_week[0].currencies, *of_week[1].currencies]), "")
    may_view = {
        FigureName.PAID: True,
        FigureName.REFUNDED: policy.may_see_everything(user, StripeRefund),
        FigureName.DISPUTED: policy.may_see_everything(user, StripeDispute),
    }
    lines = list(_list_lines(columns, currency)) if currency else []
    return {
        "lines": [line for name, line in lines if may_view[name]],
        "is_known": True,
        "currency": currency,
        "url": url,
    }


def _list_lines(columns: tuple[Figures, ...], currency: str) -> Iterator[tuple[FigureName, Line]]:
    def amounts(name: FigureName) -> tuple[str, ...]:
        return tuple(format_sum(one.get(name, currency).amount, currency) for one in columns)

    def counts(name: FigureName) -> tuple[str, ...]:
        return tuple(format_count(one.get(name, currency).count) for one in columns)

    yield FigureName.PAID, Line(_("Paid"), amounts(FigureName.PAID))
    yield FigureName.PAID, Line(_("Payments"), counts(FigureName.PAID))
    rates = tuple(format_rate(*one.count_tried(currency)) for one in columns)
    yield FigureName.PAID, Line(_("Success rate"), rates)
    yield FigureName.REFUNDED, Line(_("Refunded"), amounts(FigureName.REFUNDED))
    yield FigureName.DISPUTED, Line(_("Disputes opened"), counts(FigureName.DISPUTED))
