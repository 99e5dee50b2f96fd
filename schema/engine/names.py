"""What the types are called in a site's own schema."""

from typing import Any

from strawberry.directive import StrawberryDirective
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType
from strawberry.types.enum import StrawberryEnumDefinition

_OURS = (f"{__package__.removesuffix('.engine')}.", "payments_graphql.")


class PrefixedNames(NameConverter):
    """Puts `prefix` before the names of our types that do not begin with it, and of no others."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def from_type(self, type_: StrawberryType | StrawberryDirective[Any]) -> str:
        name = super().from_type(type_)
        if name.startswith(self._prefix) or not _is_ours(type_):
            return name
        return f"{self._prefix}{name}"


def _is_ours(type_: object) -> bool:
    """Not so of scalars, which a schema has once for everybody."""
    if isinstance(type_, StrawberryObjectDefinition):
        generic_or_not = type_.concrete_of or type_
        return generic_or_not.origin.__module__.startswith(_OURS)
    if isinstance(type_, StrawberryEnumDefinition):
        return type_.wrapped_cls.__module__.startswith(_OURS)
    return False
