"""Searches lists by the correlation id that log lines show."""

import re
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from .columns import CORRELATION

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class SearchesCorrelation(_ModelAdmin):
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().replace("\0", "")
        if term.startswith(CORRELATION):
            return queryset.filter(correlation_id=term.removeprefix(CORRELATION).strip()), False
        if _UUID.fullmatch(term):
            return queryset.filter(Q(pk=term) | Q(correlation_id=term)), False
        return super().get_search_results(request, queryset, search_term)
