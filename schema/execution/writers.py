"""Makes the tree of functions that writes an object. See Note [Plans]."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    Undefined,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from .readers import Place, Read, Unplanned, make_reader

__all__ = ["FailedPlan", "Fields", "Write", "find_declaration", "write_object"]

type Write = Callable[[Any, Place], Any]
type Fields = Mapping[str, tuple[str, Any]]
"""For each key of the response: the field's name, and graphql-core's details of its selections."""
type Collect = Callable[[GraphQLObjectType, Any], Fields]

_OF_TEXT = ("String", "ID")
"""Scalars whose values are written as they are, if they are texts."""


class FailedPlan(Exception):
    """The value cannot be written by the plan. graphql-core says why."""


def write_object(shown: GraphQLObjectType, details: Any, collect: Collect) -> Write:
    """The function that writes an object with what is selected of it. Raises `Unplanned`."""
    parts = tuple(
        (key, _write_field(shown, name, below, collect))
        for key, (name, below) in collect(shown, details).items()
    )

    def write(row: Any, place: Place) -> dict[str, Any]:
        return {key: part(row, place) for key, part in parts}

    return write


def _write_field(shown: GraphQLObjectType, name: str, details: Any, collect: Collect) -> Write:
    if name == "__typename":
        return lambda row, place: shown.name
    declared = shown.fields[name]
    read = make_reader(*find_declaration(shown, declared))
    present = get_nullable_type(declared.type)
    if is_leaf_type(present):
        is_required = is_non_null_type(declared.type)
        return _write_leaf(read, _make_conversion(present), is_required=is_required)
    write = _write_value(declared.type, details, collect)
    return lambda row, place: write(read(row, place), place)


def _write_leaf(read: Read, convert: Callable[[Any], Any], *, is_required: bool) -> Write:
    def write_leaf(row: Any, place: Place) -> Any:
        value = read(row, place)
        if value is not None:
            return convert(value)
        if is_required:
            raise FailedPlan
        return None

    return write_leaf


def find_declaration(shown: GraphQLObjectType, declared: GraphQLField) -> tuple[Any, Any]:
    key = GraphQLCoreConverter.DEFINITION_BACKREF
    field, definition = declared.extensions.get(key), shown.extensions.get(key)
    if field is None or definition is None:
        raise Unplanned(f"{shown.name} is not declared with Strawberry")
    return field, definition


def _write_value(type_: GraphQLOutputType, details: Any, collect: Collect) -> Write:
    if is_non_null_type(type_):
        return _write_required(_write_present(type_.of_type, details, collect))
    write = _write_present(type_, details, collect)
    return lambda value, place: None if value is None else write(value, place)


def _write_required(write: Write) -> Write:
    def write_required(value: Any, place: Place) -> Any:
        if value is None:
            raise FailedPlan
        return write(value, place)

    return write_required


def _write_present(type_: GraphQLOutputType, details: Any, collect: Collect) -> Write:
    """The value is not None."""
    if is_list_type(type_):
        write = _write_value(type_.of_type, details, collect)
        return lambda values, place: [write(value, place) for value in values]
    if isinstance(type_, GraphQLObjectType):
        return write_object(type_, details, collect)
    if is_leaf_type(type_):
        convert = _make_conversion(type_)
        return lambda value, place: convert(value)
    raise Unplanned(f"the type of an object of {type_} is only known when it is read")


def _make_conversion(type_: GraphQLScalarType | GraphQLEnumType) -> Callable[[Any], Any]:
    """Of values that are not None."""
    if isinstance(type_, GraphQLEnumType):
        return _make_names(type_)
    if type_.name in _OF_TEXT:
        return lambda value: value if type(value) is str else _coerce(type_, value)
    return lambda value: _coerce(type_, value)


def _make_names(type_: GraphQLEnumType) -> Callable[[Any], Any]:
    """Keeps the names of values: there are few."""
    names: dict[Any, str] = {}

    def name_value(value: Any) -> Any:
        name = names.get(value)
        if name is None:
            name = names[value] = _coerce(type_, value)
        return name

    return name_value


def _coerce(type_: GraphQLScalarType | GraphQLEnumType, value: Any) -> Any:
    coerced = type_.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise FailedPlan
    return coerced
