"""Keyset pagination by `(created_at, pk)`, newest or oldest first, with opaque cursors."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Annotated, Any

import strawberry
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, Q, QuerySet

from payments_graphql.conf import conf
from payments_graphql.texts import is_storable

from .context import BadInputError
from .nodes import LONGEST_ID

DEFAULT_PAGE = 20
MOST_COUNTED = 10_000
"""Objects on all pages: to count a million takes seconds."""
LARGEST_PAGE = conf.PAYMENTS_GRAPHQL_MAX_PAGE  # read when the schema is built, for the descriptions
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST_FIRST = ("-created_at", "-pk")
_OLDEST_FIRST = ("created_at", "pk")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"The page size, counted from the start of the list: 1 to {LARGEST_PAGE}. "
        f"Default: {DEFAULT_PAGE}."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="Returns the objects after this cursor. Use the `endCursor` of the previous "
        "page."
    ),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description=f"The page size, counted from the end of the list: 1 to {LARGEST_PAGE}."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="Returns the objects before this cursor. Use the `startCursor` of the next "
        "page."
    ),
]


@strawberry.enum(description="The sort order of a list.")
class ListOrder(Enum):
    CREATED_AT_DESC = strawberry.enum_value("desc", description="Newest first.")
    CREATED_AT_ASC = strawberry.enum_value("asc", description="Oldest first.")


OrderBy = Annotated[
    ListOrder | None, strawberry.argument(description="The sort order. Default: newest first.")
]


@strawberry.type(description="An object in a list, with its cursor.")
class Edge[Node]:
    node: Node = strawberry.field(description="The object.")
    cursor: str = strawberry.field(
        description="The object's position in the list, for `after` and `before`: "
        '`"MTc2NDE3MjgwMDAwMDAwMDo4..."`.'
    )


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether there is a next page. With `last`, only tells whether `before` was "
        "given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there is a previous page. With `first`, only tells whether `after` "
        "was given."
    )
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first object, for `before`. Null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last object, for `after`. Null if the page is empty."
    )


def _list_edges(root: strawberry.Parent[Any]) -> list[Any]:
    """Made when they are selected, since each cursor takes time."""
    return [Edge(node=row, cursor=_encode(row)) for row in root.nodes]


@strawberry.type(description="A page of a list. See https://relay.dev/graphql/connections.htm")
class Connection[Node]:
    edges: list[Edge[Node]] = strawberry.field(  # type: ignore[assignment]  # it has a resolver
        _list_edges, description="The objects on this page, with their cursors."
    )
    nodes: list[Node] = strawberry.field(description="The objects on this page, without cursors.")
    page_info: PageInfo = strawberry.field(description="The position of this page in the list.")
    list_matching: strawberry.Private[Any]

    @strawberry.field(
        description=f"The number of objects on all pages, counted up to {MOST_COUNTED:,}: see "
        "`hasMoreThanTotalCount`. Select it only if you need it."
    )
    def total_count(self) -> int:
        return min(self._count, MOST_COUNTED)

    @strawberry.field(description="Whether there are more objects than `totalCount` says.")
    def has_more_than_total_count(self) -> bool:
        return self._count > MOST_COUNTED

    @cached_property
    def _count(self) -> int:
        """Counts one more than is said. Only the filters matter, not what is prefetched or
        joined, nor the order."""
        rows = self.list_matching().order_by().values("pk")
        count: int = rows[: MOST_COUNTED + 1].count()
        return count


@dataclass(frozen=True)
class Page:
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    order: ListOrder | None = ListOrder.CREATED_AT_DESC

    @property
    def is_descending(self) -> bool:
        return self.order is not ListOrder.CREATED_AT_ASC

    @property
    def is_backward(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        if self.first is not None and self.last is not None:
            raise BadInputError("Use either `first` or `last`, not both.")
        name, size = ("last", self.last) if self.is_backward else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        most = conf.PAYMENTS_GRAPHQL_MAX_PAGE
        if not 1 <= size <= most:
            raise BadInputError(f"`{name}` must be between 1 and {most}.")
        return size


def read_page[Row: Model](queryset: QuerySet[Row], page: Page) -> QuerySet[Row]:
    """One row more than shown tells whether there is another page."""
    return cut(queryset, page)[: page.size + 1]


def read_page_of_parts[Row: Model](
    queryset: QuerySet[Row], parts: Sequence[QuerySet[Row]], page: Page
) -> QuerySet[Row]:
    """The page of those rows that are in one of the `parts`, which have none in common.

    PostgreSQL would read all rows of two statuses to sort them, or search the whole list for them.
    Here it reads a page of each, from one place of an index, and takes the page from these.
    """
    first, *others = [read_page(part, page).values("pk") for part in parts]
    return read_page(queryset.filter(pk__in=first.union(*others, all=True)), page)


def connect(
    found: list[Any], page: Page, list_matching: Callable[[], QuerySet[Any]]
) -> Connection[Any]:
    """`found` are the rows of `read_page`. `list_matching` is only called to count all pages."""
    size = page.size
    has_more = len(found) > size
    shown = found[:size]
    if page.is_backward:
        shown.reverse()
    return Connection(
        nodes=shown,
        page_info=PageInfo(
            has_next_page=page.before is not None if page.is_backward else has_more,
            has_previous_page=has_more if page.is_backward else page.after is not None,
            start_cursor=_encode(shown[0]) if shown else None,
            end_cursor=_encode(shown[-1]) if shown else None,
        ),
        list_matching=list_matching,
    )


def list_cursor_values(model: type[Model], page: Page) -> list[Any]:
    """The values of the page's cursors, which change from page to page."""
    places = (
        _decode(model, page.after, "after"),
        _decode(model, page.before, "before"),
    )
    return [value for place in places if place is not None for value in place]


def cut[Row: Model](queryset: QuerySet[Row], page: Page) -> QuerySet[Row]:
    """The rows after the cursor, in reading order."""
    after = _decode(queryset.model, page.after, "after")
    before = _decode(queryset.model, page.before, "before")
    older, newer = (after, before) if page.is_descending else (before, after)
    rows = queryset.filter(_older_than(older), _newer_than(newer))
    newest_first = page.is_descending != page.is_backward
    return rows.order_by(*(_NEWEST_FIRST if newest_first else _OLDEST_FIRST))


type _Place = tuple[datetime, Any] | None


def _older_than(place: _Place) -> Q:
    if place is None:
        return Q()
    created_at, pk = place
    # The first condition is redundant. Without it, PostgreSQL reads every newer row to apply the
    # OR.
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(pk__lt=pk))


def _newer_than(place: _Place) -> Q:
    if place is None:
        return Q()
    created_at, pk = place
    return Q(created_at__gte=created_at) & (Q(created_at__gt=created_at) | Q(pk__gt=pk))


def _encode(row: Any) -> str:
    microseconds = (row.created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}:{row.pk}".encode()).decode()


def _decode(model: type[Model], cursor: str | None, argument: str) -> _Place:
    if cursor is None:
        return None
    try:
        if len(cursor) > LONGEST_ID:
            raise ValueError("no cursor of ours")
        microseconds, _, pk = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if not is_storable(pk) or not pk:
            raise ValueError("no primary key")
        created_at = _EPOCH + timedelta(microseconds=int(microseconds))
        return created_at, model._meta.pk.to_python(pk)
    except (ValueError, OverflowError, DjangoValidationError):
        raise BadInputError(f"`{argument}` is not a cursor of this list.") from None
