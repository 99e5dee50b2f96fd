"""Lists of any length: nothing in them reads a whole table.

Django counts all rows that a filter finds, sorts by every column, and computes what a list shows
for all rows before the page, too.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:  # generic for the type checker alone
    _Paginator = Paginator[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _Paginator = Paginator
    _ModelAdmin = admin.ModelAdmin

MOST_ROWS = 5_000
"""A list shows no more. Nobody reads them all, and the last page would cost as much as all before
it. Filters, dates and the search lead to older rows."""


class BoundedPaginator(_Paginator):
    """Counts no more rows than it shows, since counting a million takes a second."""

    @cached_property
    def _found(self) -> int:
        # Without the order and the columns, which may be sums that the count does not need.
        rows: Any = self.object_list
        rows = rows.order_by().values("pk")
        return int(rows[: MOST_ROWS + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST_ROWS)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page shows."""
        return self._found > MOST_ROWS


class LongChangeList(ChangeList):
    """Ignores an order that would sort the whole table, also in an address typed by hand."""

    def get_ordering_field(self, field_name: Any) -> Any:
        field = super().get_ordering_field(field_name)
        return field if isinstance(field, str) and is_indexed(self.model, field) else None


class LongList(_ModelAdmin):
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # would count all rows for each choice of each filter

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LongChangeList

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        """The columns whose heading is a link."""
        return [
            str(column)
            for column in self.get_list_display(request)
            if is_indexed(self.model, self._get_order(column))
        ]

    def _get_order(self, column: Any) -> str:
        method = column if callable(column) else getattr(self, str(column), None)
        return str(getattr(method, "admin_order_field", column))


def is_indexed(model: type[Model], order: str) -> bool:
    """Whether an index has the rows in this order: by a unique field, by an index of this field and
    the primary key, or in the list's own order."""
    name = order.removeprefix("-")
    own = {str(field).removeprefix("-") for field in model._meta.ordering or ()}
    unique = {field.name for field in model._meta.concrete_fields if field.unique}
    by_index = {
        index.fields[0].removeprefix("-")
        for index in model._meta.indexes
        if index.condition is None and len(index.fields) == 2 and index.fields[1] in ("id", "-id")
    }
    return name in own | unique | by_index | {"pk"}
