"""Lists of any length: searched and counted by index, and readable on every screen."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from . import finding
from .offered import OfferedLookups

if TYPE_CHECKING:  # generic for the type checker alone
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST_COUNTED = 10_000
"""Counting a million rows takes longer than listing some of them, and nobody turns 200 pages."""


class BoundedPaginator(_Paginator):
    """Counts and shows the first `MOST_COUNTED` rows."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        return self._counted > MOST_COUNTED


class LongListAdmin(OfferedLookups):
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    sortable_by: ClassVar[Any] = ()  # each would need an index of its own
    paginator = BoundedPaginator
    list_per_page = 50
    search_fields: ClassVar[Any] = ("pk",)  # shows the search box; `finding` searches

    class Media:
        css: ClassVar = {"all": ["payments_graphql/admin.css", "payments_graphql/admin/lists.css"]}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        is_blank = not search_term.strip()
        return (queryset if is_blank else finding.search(queryset, search_term)), False
