"""The schema as its clients see it, and the widest possible selection from it."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from schema.schema import schema

SDL = build_schema(schema.as_str())

ONLY_STRIPE_KNOWS = {"clientSecret", "nextAction"}
"""Read from Stripe, for one object per request."""


def list_objects() -> Iterator[GraphQLObjectType]:
    for type_ in SDL.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            yield type_


def list_nodes() -> list[str]:
    """The names of the types that have an id."""
    return [one.name for one in list_objects() if "Node" in {i.name for i in one.interfaces}]


def is_list(field: GraphQLField) -> bool:
    """Includes connections."""
    type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(type_, GraphQLList) or get_named_type(type_).name.endswith("Connection")


def select(type_name: str, depth: int) -> str:
    """Every field of the type, and of all types it leads to, `depth` objects deep."""
    type_ = SDL.type_map[type_name]
    if isinstance(type_, GraphQLInterfaceType):  # of errors
        return " ".join(["__typename", *type_.fields])
    assert isinstance(type_, GraphQLObjectType)
    return " ".join(["__typename", *_select_fields(type_, depth)])


def _select_fields(type_: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in type_.fields.items():
        if name in ONLY_STRIPE_KNOWS or any(map(is_required_argument, field.args.values())):
            continue
        inner = get_named_type(field.type)
        if not is_composite_type(inner):
            yield name
        elif depth > 0:
            # A connection and its edges are not rows, so they do not add a level.
            is_wrapping = inner.name.endswith(("Connection", "Edge"))
            yield f"{name} {{ {select(inner.name, depth if is_wrapping else depth - 1)} }}"
