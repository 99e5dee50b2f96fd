"""Reads pages and objects by statements that are kept: see Note [Kept SQL]."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet, UUIDField

from payments_graphql.kept_queries import NotKept
from payments_graphql.models.ours import our_values

from .context import Info, get_user
from .filters import apply_filter, is_the_same_for_everybody, list_parts
from .kept_children import KeptPage
from .object_types import ObjectType
from .pagination import (
    Connection,
    Page,
    connect,
    list_cursor_values,
    read_page,
    read_page_of_parts,
)
from .plans import find_selection

__all__ = ["Rows", "find_row", "list_page"]

_LONGEST_FILTER = 500
"""Characters of a filter whose statement is kept."""


@dataclass(frozen=True)
class Rows:
    """Rows of a type that the caller may see, with what is selected of them. `of` says whose, and
    `values` are what differs in the statement from caller to caller. None: nothing can be kept."""

    declared: ObjectType
    of: str
    make: Callable[[], QuerySet[Any]]
    values: list[Any] | None


def list_page(info: Info, rows: Rows, page: Page, filter: Any) -> Connection[Any]:
    def list_all() -> QuerySet[Any]:
        return apply_filter(rows.make(), filter)

    def make_page() -> QuerySet[Any]:
        parts = [apply_filter(rows.make(), one) for one in list_parts(filter)]
        if len(parts) > 1 and connections[parts[0].db].vendor == "postgresql":
            return read_page_of_parts(rows.make(), parts, page)
        return read_page(list_all(), page)

    values = None
    if rows.values is not None and _is_keepable(rows.declared.model, filter):
        values = [*rows.values, *list_cursor_values(rows.declared.model, page)]
    shape = page.size, page.is_backward, page.order, page.after is None, page.before is None
    key = (rows.declared, rows.of, shape, repr(filter))
    return connect(_read(info, key, values, make_page), page, list_all)


def find_row(info: Info, rows: Rows, pk: Any) -> Any:
    """The row with this primary key, or None."""
    values = None if rows.values is None else [*rows.values, pk]
    found = _read(
        info, (rows.declared, rows.of), values, lambda: rows.make().filter(pk=pk).order_by()[:1]
    )
    return found[0] if found else None


def _is_keepable(model: type[Model], filter: Any) -> bool:
    """A key of a site's own bookings that is a number could be mistaken for an amount."""
    if filter is None:
        return True
    is_plain = is_the_same_for_everybody(filter) and isinstance(model._meta.pk, UUIDField)
    return is_plain and len(repr(filter)) <= _LONGEST_FILTER


def _read(
    info: Info,
    key: tuple[Any, ...],
    values: list[Any] | None,
    make_rows: Callable[[], QuerySet[Any]],
) -> list[Any]:
    """`key` is what decides about the text of the statement, besides the number of `values` and
    what is selected."""
    found = None if values is None else find_selection(info)
    if values is None or found is None:
        return list(make_rows())
    plans, selection = found
    key = (*key, selection, len(values), *our_values().values())
    kept = plans.queries.find(key)
    if isinstance(kept, KeptPage):
        return kept.read(values)
    rows = make_rows()
    if kept is None:
        plans.queries.keep(key, _keep(rows, values, get_user(info).pk))
    return list(rows)


def _keep(rows: Any, values: list[Any], user_id: Any) -> KeptPage | str:
    """The reason, if the statement cannot be kept."""
    try:
        return KeptPage(rows, values, of_this_caller=user_id)
    except NotKept:
        return "not kept"
