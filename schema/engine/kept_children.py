"""A page whose rows have rows of their own, such as the refunds of payments. See Note [Kept SQL].

Django's `prefetch_related` makes a queryset for each row of a page, which takes longer than to read
the page. Here all children are read by one kept statement, and each row gets its own as `Fetched`.
"""

import uuid
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, overload

from django.db import connections
from django.db.models import Model, Prefetch, QuerySet, UUIDField
from django.db.models.fields.related_descriptors import ReverseManyToOneDescriptor

from payments_graphql.kept_queries import KeptQuery, Keys, NotKept, is_one_of

__all__ = ["KeptPage", "list_related"]


class KeptPage:
    """The rows of a sliced queryset, with what it prefetches. Raises `NotKept`, as `KeptQuery`."""

    def __init__(self, rows: QuerySet[Any], values: Sequence[Any], *, of_this_caller: Any) -> None:
        self._children = _keep_children(rows)
        if self._children:
            rows = rows.prefetch_related(None)
        self._rows = KeptQuery(rows, values, of_this_caller=of_this_caller)

    def read(self, values: Sequence[Any]) -> list[Any]:
        rows = self._rows.read(values)
        for children in self._children:
            children.fetch(rows)
        return rows


def _keep_children(rows: QuerySet[Any]) -> list["_KeptChildren"]:
    """Empty if there is a lookup that only Django can follow, such as one through several
    relations."""
    lookups = rows._prefetch_related_lookups  # type: ignore[attr-defined]  # noqa: SLF001 (has no other name)
    found = [_find_children(rows.model, one) for one in lookups]
    if None in found:
        return []
    return [_KeptChildren(*one) for one in found if one is not None]


def _find_children(
    model: type[Model], lookup: "str | Prefetch[str]"
) -> "tuple[ReverseManyToOneDescriptor[Any], QuerySet[Any]] | None":
    """The relation, and its rows."""
    name, rows = lookup, None
    if isinstance(lookup, Prefetch):
        name, rows = lookup.prefetch_through, lookup.queryset
        if lookup.to_attr or lookup.prefetch_to != name:
            return None
    relation: Any = getattr(model, str(name), None)
    if type(relation) is not ReverseManyToOneDescriptor:
        return None
    if not isinstance(relation.field.target_field, UUIDField):
        return None
    if rows is None:
        rows = relation.rel.related_model._default_manager.all()
    return relation, rows


class _KeptChildren:
    def __init__(self, relation: "ReverseManyToOneDescriptor[Any]", rows: QuerySet[Any]) -> None:
        self._field = relation.field
        self._name = relation.rel.get_accessor_name() or ""
        self._key = self._field.target_field.attname
        self._parent = self._field.attname
        if connections[rows.db].vendor != "postgresql":
            raise NotKept
        keys = Keys([uuid.uuid4()])
        of_keys = rows.filter(is_one_of(self._parent, keys))
        self._query = KeptQuery(of_keys, [keys], of_this_caller=None)

    def fetch(self, rows: Sequence[Model]) -> None:
        """Django's managers, such as `payment.refunds`, find what is fetched in this cache."""
        if not rows:
            return
        name, get_key, get_parent = self._name, attrgetter(self._key), attrgetter(self._parent)
        found = {get_key(row): Fetched(row, name) for row in rows}
        for of_row in found.values():
            vars(of_row.parent).setdefault("_prefetched_objects_cache", {})[name] = of_row
        for child in self._query.read([list(found)]):
            of_row = found[get_parent(child)]
            of_row.rows.append(child)
            self._field.set_cached_value(child, of_row.parent)


def list_related(row: Model, name: str) -> Sequence[Any]:
    """The same as `row.refunds.all()` for the relation `refunds`, without a manager for each row if
    they are fetched already."""
    found = vars(row).get("_prefetched_objects_cache", {}).get(name)
    return found if isinstance(found, Fetched) else getattr(row, name).all()


class Fetched(Sequence[Any]):
    """Rows of a relation, instead of the queryset that would have read them. It is only made to be
    asked for more than its rows."""

    def __init__(self, parent: Model, name: str) -> None:
        self.parent = parent
        self.rows: list[Any] = []
        self._name = name

    def all(self) -> "Fetched":
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.rows[place]

    def count(self, *of: Any) -> int:
        return self.rows.count(*of) if of else len(self.rows)

    def __getattr__(self, name: str) -> Any:
        """Of the queryset that Django would have made."""
        if name.startswith("__"):
            raise AttributeError(name)
        cache = vars(self.parent)["_prefetched_objects_cache"]
        mine = cache.pop(self._name)
        try:
            made = getattr(self.parent, self._name).get_queryset()
        finally:
            cache[self._name] = mine
        vars(made).update(_result_cache=self.rows, _prefetch_done=True)
        return getattr(made, name)
