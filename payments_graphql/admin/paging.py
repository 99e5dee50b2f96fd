"""Pages of lists of any length."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator

if TYPE_CHECKING:  # generic for the type checker alone
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST_ROWS = 10_000
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
