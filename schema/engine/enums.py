"""Publishes the domain's enumerations in GraphQL, with a description of every value."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def describe_enum(
    enum: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None
) -> None:
    """Every member needs a description. If one is missing, the import fails."""
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = values[value.name]
