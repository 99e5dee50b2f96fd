"""How a field gets its value from a row, without the machinery around its resolver."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField

from ..engine.nodes import Node
from ..engine.object_types import READ_ONCE, find_object_type
from ..engine.optional_texts import read_optional_text

__all__ = ["Place", "Read", "Unplanned", "make_reader"]

_PACKAGE = __name__.rpartition(".execution")[0]


class Unplanned(Exception):
    """No plan can contain this field. The message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the resolvers of a plan may know about their place in the operation, instead of
    Strawberry's `Info`. `path` is the path at which the plan begins."""

    context: Any
    path: Any
    operation: Any
    schema: Any


type Read = Callable[[Any, Place], Any]


def make_reader(field: StrawberryField, definition: StrawberryObjectDefinition) -> Read:
    """Raises `Unplanned`."""
    _check(field, definition)
    resolver = field.base_resolver
    if resolver is None:
        return _make_attribute_reader(field)
    function: Any = resolver.wrapped_func
    if function is _READ_ID:
        return _make_id_reader(definition)
    if function is read_optional_text:
        return _make_text_reader(field.python_name)
    return _make_resolver_reader(field, function)


def _check(field: StrawberryField, definition: StrawberryObjectDefinition) -> None:
    if field.is_async or field.arguments or field.extensions or field.permission_classes:
        raise Unplanned(f"{definition.name}.{field.python_name} has arguments or extensions")
    if READ_ONCE.items() <= field.metadata.items():
        raise Unplanned(f"{definition.name}.{field.python_name} must not be read twice")
    resolver = field.base_resolver
    # The classes that Strawberry makes of a generic type, such as a page, are subclasses of it.
    sources = definition.origin.__mro__ if resolver is None else (resolver.wrapped_func,)
    if not any(_is_ours(source) for source in sources):
        raise Unplanned(f"{definition.name}.{field.python_name} is not of this package")


def _is_ours(source: Any) -> bool:
    return f"{source.__module__}.".startswith(f"{_PACKAGE}.")


def _make_attribute_reader(field: StrawberryField) -> Read:
    name = field.python_name
    if isinstance(field, StrawberryDjangoField):
        name = field.django_name or name
    get = attrgetter(name)
    return lambda row, place: get(row)


def _make_text_reader(name: str) -> Read:
    get = attrgetter(name)
    return lambda row, place: get(row) or None


def _make_id_reader(definition: StrawberryObjectDefinition) -> Read:
    """See `Node.id`. In a site's schema the name of the type can have a prefix."""
    shown = find_object_type(definition.origin)
    if shown is None:
        raise Unplanned(f"{definition.name} has no id")
    prefix, encode = f"{shown.name}:", base64.b64encode
    return lambda row, place: encode(f"{prefix}{row.pk}".encode()).decode()


def _make_resolver_reader(field: StrawberryField, function: Callable[..., Any]) -> Read:
    """Calls the resolver with the row, once or as `self` too, and with its place if it asks."""
    resolver = field.base_resolver
    assert resolver is not None
    of_row = [one for one in (resolver.self_parameter, resolver.parent_parameter) if one]
    of_place = [one for one in (resolver.info_parameter,) if one]
    names = [one.name for one in (*of_row, *of_place)]
    if list(resolver.signature.parameters) != names:
        raise Unplanned(f"{field.python_name} has other parameters")
    match len(of_row), len(of_place):
        case 1, 0:
            return lambda row, place: function(row)
        case 2, 0:
            return lambda row, place: function(row, row)
        case 1, 1:
            return function
        case 2, 1:
            return lambda row, place: function(row, row, place)
        case _:
            return lambda row, place: function()


_READ_ID = next(
    field.base_resolver.wrapped_func
    for field in Node.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by strawberry.interface
    if field.python_name == "id" and field.base_resolver is not None
)
