"""A filter by currency. Django's own reads the whole table to find the currencies."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..figures import get_today
from ..models import DailyFigure, FigureName

_RECENT = timedelta(days=92)
_OFFERED = (FigureName.PAID, FigureName.NOT_PAID)


class CurrencyFilter(admin.SimpleListFilter):
    """Offers the currencies of the payments of the last three months. A link can name any other."""

    title = _("currency")
    parameter_name = "currency__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = DailyFigure.objects.filter(day__gte=get_today() - _RECENT, name__in=_OFFERED)
        found = recent.order_by("currency").values_list("currency", flat=True).distinct()
        return [(currency, currency) for currency in found]

    def has_output(self) -> bool:
        """Without choices Django would ignore the parameter of a link."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        currency = self.value()
        return queryset.filter(currency=currency) if currency else queryset
