"""The filter of lists that shows exactly the rows of a problem, to which its card leads."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..errors import ProviderError
from ..problems import Rows, list_kinds


class ProblemFilter(admin.SimpleListFilter):
    title = _("problem")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, title) for slug, title, _ in _list_of(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = [rows for slug, _, rows in _list_of(queryset.model) if slug == self.value()]
        if not chosen:
            return queryset
        try:
            keys = [rows.list().order_by().values("pk") for rows in chosen]
        except ProviderError as error:  # the account of the current keys is not known yet
            messages.error(request, error.message)
            return queryset.none()
        return queryset.filter(pk__in=keys[0])


def _list_of(model: Any) -> list[tuple[str, str, Rows]]:
    """The kinds of problems that rows of the model can have."""
    return [
        (kind.slug, capfirst(str(kind.title)), rows)
        for kind in list_kinds()
        for rows in kind.rows
        if rows.get_model() is model
    ]
