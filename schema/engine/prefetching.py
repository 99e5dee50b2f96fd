"""Plans which related rows a selection reads, so that a list costs the same for 1 row and for 100.

Each field of an object type declares what it reads besides its own row, in Django's terms:
`strawberry_django.field(select_related=["customer__user"])`. A field that shows another object
declares the one lookup that leads to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.nodes import SelectedField, Selection
from strawberry.utils.str_converters import to_camel_case
from strawberry_django.fields.field import StrawberryDjangoField

from .columns import list_columns, list_columns_of_all
from .context import Info
from .object_types import ObjectType, find_object_type, list_fields, name_object_types
from .plans import find_selection

type MakePrefetch = Callable[[Any], Prefetch[str]]


@dataclass(frozen=True)
class Lookup:
    """`path` leads to the rows after they are read. `make` is for filtered or joined rows. Like
    every callable of `prefetch_related`, it gets the `info`, or None."""

    path: str
    is_many: bool = False
    make: MakePrefetch | None = None


@dataclass(frozen=True)
class Reading:
    """What one field reads, and the object that it shows through its one lookup."""

    lookups: tuple[Lookup, ...]
    shows: ObjectType | None


@dataclass
class Plan:
    """The related rows and the columns to read with a queryset, and the types of all objects
    shown."""

    types: set[ObjectType]
    joined: set[str] = field(default_factory=set)
    fetched: dict[str, tuple[str, MakePrefetch | None]] = field(default_factory=dict)
    # By path, the columns that are selected of the rows there. None: whole rows.
    columns: dict[str, tuple[type[Model], set[str] | None]] = field(default_factory=dict)
    # The types by their names in the schema of the operation, for fragments.
    names: Mapping[str, ObjectType] = field(default_factory=dict)
    has_way_back: bool = False  # see `lead_back`

    def apply[Row: Model](self, rows: QuerySet[Row], *, narrow: bool = False) -> QuerySet[Row]:
        """With `narrow`, reads only the columns that are selected, if all selected fields say which
        these are."""
        if self.joined:
            rows = rows.select_related(*sorted(self.joined))
        if narrow and (columns := self._list_columns()):
            rows = rows.only(*columns)
        # Shorter lookups first: Django fetches the rows from which the longer ones start.
        paths = sorted(self.fetched, key=lambda path: (len(path), path))
        return rows.prefetch_related(
            *(self._make_prefetch(path, is_narrow=narrow) for path in paths)
        )

    def _list_columns(self) -> list[str]:
        """Of the rows and of those joined to them. Empty: all."""
        found: list[str] = []
        for below in ("", *(f"{path}__" for path in self.joined)):
            if below in self.columns:
                model, columns = self.columns[below]
                if columns is None:
                    return []
                needed = columns | list_columns_of_all(model, of_page=not below)
                found += [f"{below}{one}" for one in needed]
        return found

    def _make_prefetch(self, path: str, *, is_narrow: bool) -> "str | Prefetch[str]":
        below, make = self.fetched[path]
        if make is not None:
            prefetch = make(None)
            if below:
                prefetch.add_prefix(below.removesuffix("__"))
            return prefetch
        model, columns = self.columns.get(f"{path}__", (None, None))
        if not is_narrow or self.has_way_back or below or model is None or columns is None:
            return path
        rows = model._default_manager.only(*columns | list_columns_of_all(model))
        return Prefetch(path, rows)

    def select(self, name: str, shown: ObjectType, path: str) -> None:
        model, columns = self.columns.setdefault(path, (shown.model, set()))
        more = list_columns(shown).get(name, frozenset())
        if columns is None or more is None:
            self.columns[path] = model, None
        else:
            columns |= more

    def select_whole(self, path: str, model: type[Model]) -> None:
        self.columns[path] = model, None

    def lead_back(self, shown: ObjectType, path: str) -> None:
        """`path` leads from many rows to `shown`. If it leads back, as from a payment's refunds to
        the payment, Django uses the rows and their relations that it has read before."""
        for above, (model, _columns) in self.columns.items():
            if model is shown.model and path.startswith(above):
                self.select_whole(above, model)
                self.has_way_back = True

    def read(self, lookup: Lookup, *, below: str, is_many: bool) -> None:
        """`is_many` means that `below` leads to many rows, to which nothing can be joined."""
        path = f"{below}{lookup.path}"
        if lookup.is_many or is_many:
            self.fetched.setdefault(path, (below, lookup.make))
        else:
            self.joined.add(path)


def plan(info: Info, shown: ObjectType, *, below: str = "") -> Plan:
    """The plan for what is selected of `shown` below the current field, or below its field
    `below`. Made once for an operation."""
    found = find_selection(info)
    if found is None:
        return _plan(info, shown, below)
    plans, selection = found
    key = shown, below, info.schema.config.name_converter, selection
    made: Plan = plans.readings.find(key) or plans.readings.keep(key, _plan(info, shown, below))
    return made


def _plan(info: Info, shown: ObjectType, below: str) -> Plan:
    made = Plan({shown}, names=name_object_types(info.schema.config.name_converter))
    for selected in info.selected_fields:
        selections = selected.selections
        for chosen in _choose(selections, below) if below else [selections]:
            _add(made, chosen, shown)
    return made


def selects(info: Info, name: str) -> bool:
    """Whether the field `name` is selected below the current field."""
    return any(_choose(selected.selections, name) for selected in info.selected_fields)


def list_selected(info: Info, name: str) -> set[str]:
    """The fields selected of the object in the field `name`, below the current field."""
    return {
        field
        for selected in info.selected_fields
        for chosen in _choose(selected.selections, name)
        for field in _list_names(chosen)
    }


@cache
def list_readings(shown: ObjectType) -> Mapping[str, Reading]:
    """The fields that read more than their own row, by their names in the schema."""
    definition = get_object_definition(shown.shown_by, strict=True)
    readings = ((field, _find_reading(field)) for field in list_fields(definition))
    return {
        field.graphql_name or to_camel_case(field.python_name): reading
        for field, reading in readings
        if reading is not None
    }


def _find_reading(field: StrawberryField) -> Reading | None:
    lookups: list[Lookup] = []
    if isinstance(field, StrawberryDjangoField):
        lookups = [Lookup(path) for path in field.store.select_related]
        for source in field.store.prefetch_related:
            if isinstance(source, str):
                lookups.append(Lookup(source, is_many=True))
            else:
                lookups.append(Lookup(source(None).prefetch_to, is_many=True, make=source))
    shows = _find_shown(field.type)
    if shows is not None and len(lookups) != 1:
        # It would be read row by row, and shown without checking the view permission.
        raise TypeError(f"`{field.python_name}` must name the one lookup of what it shows.")
    return Reading(tuple(lookups), shows) if lookups else None


def _find_shown(type_: object) -> ObjectType | None:
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    return find_object_type(type_.resolve_type() if isinstance(type_, LazyType) else type_)


def _add(
    made: Plan,
    selections: Iterable[Selection],
    shown: ObjectType,
    below: str = "",
    *,
    is_many: bool = False,
) -> None:
    readings = list_readings(shown)
    for selection in selections:
        if not isinstance(selection, SelectedField):
            if _applies(made.names.get(selection.type_condition or ""), shown):
                _add(made, selection.selections, shown, below, is_many=is_many)
            continue
        if selection.name in ("edges", "node", "nodes"):  # of a connection: they are not rows
            _add(made, selection.selections, shown, below, is_many=is_many)
            continue
        made.select(selection.name, shown, below)
        if selection.name in readings:
            reading = readings[selection.name]
            for lookup in reading.lookups:
                made.read(lookup, below=below, is_many=is_many)
                if reading.shows is None:  # the field does not say which columns it reads there
                    made.select_whole(f"{below}{lookup.path}__", shown.model)
            if reading.shows is not None:
                made.types.add(reading.shows)
                [lookup] = reading.lookups
                path = f"{below}{lookup.path}__"
                are_many = is_many or lookup.is_many
                if is_many:
                    made.lead_back(reading.shows, path)
                _add(made, selection.selections, reading.shows, path, is_many=are_many)


def _applies(type_condition: ObjectType | None, shown: ObjectType) -> bool:
    """A fragment on another type, as below `node`, selects nothing of this type."""
    return type_condition is None or type_condition is shown


def _choose(selections: Iterable[Selection], name: str) -> list[list[Selection]]:
    """The selections below each field `name`: with aliases there can be several."""
    found: list[list[Selection]] = []
    for selection in selections:
        if not isinstance(selection, SelectedField):
            found += _choose(selection.selections, name)
        elif selection.name == name:
            found.append(selection.selections)
    return found


def _list_names(selections: Iterable[Selection]) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, SelectedField):
            yield selection.name
        else:
            yield from _list_names(selection.selections)
