"""Lists show only rows of the mode and account of the current keys. See Note [One mode, one
account]."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..errors import ProviderError
from ..models import of_others, of_ours

_CHOICES = (("", _("Of the current keys")), ("others", _("Of other keys")), ("all", _("All")))


class ModeFilter(admin.SimpleListFilter):
    title = _("mode and account")
    parameter_name = "mode"
    prefixes: tuple[str, ...] = ("",)
    """The relations that lead to a row with a mode."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(text)) for value, text in _CHOICES[1:]]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, text in _CHOICES:
            given = {self.parameter_name: value} if value else {}
            yield {
                "selected": (self.value() or "") == value,
                "query_string": changelist.get_query_string(given, [self.parameter_name]),
                "display": text,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        try:
            if self.value() == "others":
                return self._filter_others(queryset)
            return queryset.filter(of_ours(*self.prefixes))
        except ProviderError as error:  # the account of the current keys is not known yet
            messages.error(request, error.message)
            return queryset.none()

    def _filter_others(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if len(self.prefixes) == 1:
            return queryset.filter(of_others(*self.prefixes))
        # A union, since no index helps with an OR over several relations.
        rows = queryset.model._default_manager.order_by().values("pk")
        found = [rows.filter(of_others(prefix)) for prefix in self.prefixes]
        return queryset.filter(pk__in=found[0].union(*found[1:], all=True))


class ModeOfChangeFilter(ModeFilter):
    """A status change has the mode of the changed object."""

    prefixes = ("payment_intent__", "setup_intent__")
