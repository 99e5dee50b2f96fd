"""Lists of any length: searched by index, and readable on every screen."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from . import finding
from .known_account import KnownAccountAdmin
from .long_lists import LongList
from .offered import OfferedLookups


class LongListAdmin(KnownAccountAdmin, LongList, OfferedLookups):
    search_fields: ClassVar[Any] = ("pk",)  # shows the search box; `finding` searches

    class Media:
        css: ClassVar = {"all": ["payments_graphql/admin.css", "payments_graphql/admin/lists.css"]}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        is_blank = not search_term.strip()
        return (queryset if is_blank else finding.search(queryset, search_term)), False
