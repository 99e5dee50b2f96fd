"""How a field gets its value from a row, without the machinery around its resolver: as the text of
an expression of `row` and `place`."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from ..engine.nodes import Node
from ..engine.object_types import READ_ONCE, find_object_type
from ..engine.optional_texts import read_optional_text

__all__ = ["Bind", "Place", "Unplanned", "read_field"]

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


type Bind = Callable[[Any], str]
"""Makes a value known to the expression. Returns the name that it has there."""


def read_field(field: StrawberryField, definition: StrawberryObjectDefinition, bind: Bind) -> str:
    """Raises `Unplanned`."""
    _check(field, definition)
    resolver = field.base_resolver
    if resolver is None:
        name = getattr(field, "django_name", None)
        return f"row.{_check_name(name or field.python_name)}"
    function: Any = resolver.wrapped_func
    if function is _READ_ID:
        return _read_id(definition, bind)
    if function is read_optional_text:
        return f"(row.{_check_name(field.python_name)} or None)"
    return _call_resolver(field, bind(function))


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


def _check_name(name: str) -> str:
    if not all(part.isidentifier() and not iskeyword(part) for part in name.split(".")):
        raise Unplanned(f"{name} is not the name of an attribute")
    return name


def _read_id(definition: StrawberryObjectDefinition, bind: Bind) -> str:
    """See `Node.id`. In a site's schema the name of the type can have a prefix."""
    shown = find_object_type(definition.origin)
    if shown is None:
        raise Unplanned(f"{definition.name} has no id")
    encode, key = bind(base64.b64encode), shown.model._meta.pk.attname
    return f"{encode}(f'{shown.name}:{{row.{key}}}'.encode()).decode()"


def _call_resolver(field: StrawberryField, function: str) -> str:
    """Calls the resolver with the row, once or as `self` too, and with its place if it asks."""
    resolver = field.base_resolver
    assert resolver is not None
    of_row = [one for one in (resolver.self_parameter, resolver.parent_parameter) if one]
    of_place = [one for one in (resolver.info_parameter,) if one]
    names = [one.name for one in (*of_row, *of_place)]
    if list(resolver.signature.parameters) != names:
        raise Unplanned(f"{field.python_name} has other parameters")
    given = ["row"] * len(of_row) + ["place"] * len(of_place)
    return f"{function}({', '.join(given)})"


_READ_ID = next(
    field.base_resolver.wrapped_func
    for field in Node.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by strawberry.interface
    if field.python_name == "id" and field.base_resolver is not None
)
