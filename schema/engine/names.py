"""The names of our types in a site's own schema."""

from typing import Any

from strawberry.directive import StrawberryDirective
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType
from strawberry.types.enum import StrawberryEnumDefinition

_OURS = (f"{__package__.removesuffix('.engine')}.", "payments_graphql.")


class PrefixedNames(NameConverter):
    """Adds `prefix` to the names of our types that do not start with it. Does not change other
    names."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def from_type(self, type_: StrawberryType | StrawberryDirective[Any]) -> str:
        name = super().from_type(type_)
        if name.startswith(self._prefix) or not _is_ours(type_):
            return name
        return f"{self._prefix}{name}"


def _is_ours(type_: object) -> bool:
    """Scalars are excluded: a schema has only one of each."""
    if isinstance(type_, StrawberryObjectDefinition):
        generic_or_not = type_.concrete_of or type_
        return generic_or_not.origin.__module__.startswith(_OURS)
    if isinstance(type_, StrawberryEnumDefinition):
        return type_.wrapped_cls.__module__.startswith(_OURS)
    return False
