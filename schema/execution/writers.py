"""Makes the functions that write objects. See Note [Plans]."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    Undefined,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from .readers import Place, Unplanned, read_field

__all__ = ["FailedPlan", "Fields", "Write", "find_declaration", "write_object"]

type Write = Callable[[Any, Place], Any]
type Fields = Mapping[str, tuple[str, Any]]
"""For each key of the response: the field's name, and graphql-core's details of its selections."""
type Collect = Callable[[GraphQLObjectType, Any], Fields]

_AS_THEY_ARE = {"String": "str", "ID": "str", "Boolean": "bool"}
"""Scalars whose values are written as they are, if they have this type."""


class FailedPlan(Exception):
    """The value cannot be written by the plan. graphql-core says why."""


class _Expression:
    """The text of a function of `row` and `place`, and the values that it names. The text contains
    only names of ours: those of a request are in it as constants."""

    def __init__(self, collect: Collect) -> None:
        self.collect = collect
        self._values: dict[str, Any] = {"fail": _fail}

    def bind(self, value: Any) -> str:
        name = self.name()
        self._values[name] = value
        return name

    def name(self) -> str:
        """A new one."""
        name = f"v{len(self._values)}"
        self._values[name] = None
        return name

    def compile(self, text: str) -> Write:
        made: Write = eval(f"lambda row, place: {text}", self._values)  # noqa: S307 (see above)
        return made


def _fail() -> None:
    raise FailedPlan


def write_object(shown: GraphQLObjectType, details: Any, collect: Collect) -> Write:
    """The function that writes an object with what is selected of it. Raises `Unplanned`."""
    made = _Expression(collect)
    parts = [
        f"{key!r}: {_write_field(made, shown, name, below)}"
        for key, (name, below) in collect(shown, details).items()
    ]
    return made.compile(f"{{{', '.join(parts)}}}")


def _write_field(made: _Expression, shown: GraphQLObjectType, name: str, details: Any) -> str:
    if name == "__typename":
        return repr(shown.name)
    declared = shown.fields[name]
    read = read_field(*find_declaration(shown, declared), made.bind)
    return _write_value(made, read, declared.type, details)


def find_declaration(shown: GraphQLObjectType, declared: GraphQLField) -> tuple[Any, Any]:
    key = GraphQLCoreConverter.DEFINITION_BACKREF
    field, definition = declared.extensions.get(key), shown.extensions.get(key)
    if field is None or definition is None:
        raise Unplanned(f"{shown.name} is not declared with Strawberry")
    return field, definition


def _write_value(made: _Expression, read: str, type_: GraphQLOutputType, details: Any) -> str:
    value = made.name()
    text = _write_present(made, value, get_nullable_type(type_), details)  # type: ignore[arg-type]  # not None, and so not NonNull
    otherwise = "fail()" if is_non_null_type(type_) else "None"
    return f"({text} if ({value} := {read}) is not None else {otherwise})"


def _write_present(made: _Expression, value: str, type_: GraphQLOutputType, details: Any) -> str:
    """The value is not None."""
    if is_list_type(type_):
        one = made.name()
        return f"[{_write_value(made, one, type_.of_type, details)} for {one} in {value}]"
    if isinstance(type_, GraphQLObjectType):
        return f"{made.bind(write_object(type_, details, made.collect))}({value}, place)"
    if isinstance(type_, GraphQLEnumType):
        return f"{made.bind(_Names(type_))}[{value}]"
    if isinstance(type_, GraphQLScalarType):
        coerced = f"{made.bind(partial(_coerce, type_))}({value})"
        plain = _AS_THEY_ARE.get(type_.name)
        return f"({value} if type({value}) is {plain} else {coerced})" if plain else coerced
    raise Unplanned(f"the type of an object of {type_} is only known when it is read")


class _Names(dict[Any, Any]):
    """The names of an enum's values."""

    def __init__(self, type_: GraphQLEnumType) -> None:
        super().__init__()
        self._type = type_

    def __missing__(self, value: Any) -> Any:
        name = self[value] = _coerce(self._type, value)
        return name


def _coerce(type_: GraphQLScalarType | GraphQLEnumType, value: Any) -> Any:
    coerced = type_.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise FailedPlan
    return coerced
