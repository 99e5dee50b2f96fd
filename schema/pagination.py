"""Keyset pages: newest first, by `(created_at, pk)`, with opaque cursors."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import strawberry
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, Q, QuerySet
from strawberry.relay import PageInfo

from payments_graphql.conf import conf

from .context import BadInputError
from .payloads import is_storable

DEFAULT_PAGE = 20
LARGEST_PAGE = conf.PAYMENTS_GRAPHQL_MAX_PAGE  # when the schema is built, for its descriptions
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many, from the newest: at most {LARGEST_PAGE}. {DEFAULT_PAGE} by default."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor: older ones.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many, from the oldest: at most {LARGEST_PAGE}."),
]
Before = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor: newer ones.")
]


@strawberry.type(description="An object of a list, with its place in it.")
class Edge[Node]:
    node: Node = strawberry.field(description="The object.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of a list, newest first.")
class Connection[Node]:
    edges: list[Edge[Node]] = strawberry.field(description="What is on this page.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
    matching: strawberry.Private[Any]

    @strawberry.field(description="How many there are on all pages. Counted only when asked for.")
    def total_count(self) -> int:
        count: int = self.matching.count()
        return count


@dataclass(frozen=True)
class Page:
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def is_backward(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        if self.first is not None and self.last is not None:
            raise BadInputError("Give `first` or `last`, not both.")
        name, size = ("last", self.last) if self.is_backward else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        most = conf.PAYMENTS_GRAPHQL_MAX_PAGE
        if not 1 <= size <= most:
            raise BadInputError(f"`{name}` must be between 1 and {most}.")
        return size


def paginate[Row: Model](queryset: QuerySet[Row], page: Page) -> Connection[Any]:
    size = page.size
    rows = queryset.filter(_after(queryset.model, page.after), _before(queryset.model, page.before))
    order = ("created_at", "pk") if page.is_backward else ("-created_at", "-pk")
    # One more than is shown tells whether there is another page.
    found = list(rows.order_by(*order)[: size + 1])
    has_more = len(found) > size
    shown = found[:size]
    if page.is_backward:
        shown.reverse()
    edges = [Edge(node=row, cursor=_encode(row)) for row in shown]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.before is not None if page.is_backward else has_more,
            has_previous_page=has_more if page.is_backward else page.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        matching=queryset,
    )


def _after(model: type[Model], cursor: str | None) -> Q:
    if cursor is None:
        return Q()
    created_at, pk = _decode(model, cursor, "after")
    # The first bound is redundant. Without it PostgreSQL reads every newer row to apply the OR.
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(pk__lt=pk))


def _before(model: type[Model], cursor: str | None) -> Q:
    if cursor is None:
        return Q()
    created_at, pk = _decode(model, cursor, "before")
    return Q(created_at__gte=created_at) & (Q(created_at__gt=created_at) | Q(pk__gt=pk))


def _encode(row: Any) -> str:
    microseconds = (row.created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}:{row.pk}".encode()).decode()


def _decode(model: type[Model], cursor: str, argument: str) -> tuple[datetime, Any]:
    try:
        microseconds, _, pk = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if not is_storable(pk) or not pk:
            raise ValueError("no primary key")
        created_at = _EPOCH + timedelta(microseconds=int(microseconds))
        return created_at, model._meta.pk.to_python(pk)
    except (ValueError, OverflowError, DjangoValidationError):
        raise BadInputError(f"`{argument}` is not a cursor of this list.") from None
