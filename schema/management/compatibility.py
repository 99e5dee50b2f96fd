"""What clients were promised: `released.graphql`, and that the schema still keeps it.

The rules are in docs/schema-changes.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from graphql import (
    REMOVE,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InputValueDefinitionNode,
    Visitor,
    build_ast_schema,
    get_named_type,
    parse,
    visit,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes

NOTICE = timedelta(days=183)
"""A deprecated element stays at least so long after the release that deprecates it."""

_REMOVAL = re.compile(r"Removed after (\d{4}-\d{2}-\d{2})\.$")


@dataclass
class Report:
    """`broken`: what a client that kept to the released schema could notice. `risky`: what only a
    client would notice that is not ready for new values."""

    broken: list[str] = field(default_factory=list)
    risky: list[str] = field(default_factory=list)


def compare(released_text: str, present_text: str, today: date) -> Report:
    """Both in GraphQL's schema language, as `export_schema` prints it."""
    released, present = parse(released_text), _build(parse(present_text))
    report = Report()
    for change in find_schema_changes(_build_promised(released, today), present):
        if isinstance(change.type, BreakingChangeType):
            report.broken.append(change.description)
        elif isinstance(change.type, DangerousChangeType):
            report.risky.append(change.description)
    report.broken += _find_hastened(_build(released), present)
    return report


def find_undated(present_text: str) -> list[str]:
    """Deprecated elements that do not say when they go."""
    deprecated = _get_deprecated(_build(parse(present_text)))
    return [name for name, reason in deprecated.items() if get_removal_date(reason) is None]


def find_short_notices(released_text: str, present_text: str, today: date) -> list[str]:
    """Elements whose deprecation this release is the first to tell, and that go too soon."""
    known = _get_deprecated(_build(parse(released_text))) if released_text else {}
    deprecated = _get_deprecated(_build(parse(present_text)))
    return [
        name
        for name, reason in deprecated.items()
        if name not in known
        and (removal := get_removal_date(reason)) is not None
        and removal < today + NOTICE
    ]


def get_removal_date(reason: str | None) -> date | None:
    """Of `Use this instead. Removed after 2027-06-30.`"""
    found = _REMOVAL.search(reason or "")
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None


def _build(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


def _build_promised(document: DocumentNode, today: date) -> GraphQLSchema:
    """Without what has been deprecated for long enough, and the types that only it used."""
    schema = _build(visit(document, _Pruning(today)))
    types = _find_used_types(schema)
    return GraphQLSchema(
        query=schema.query_type,
        mutation=schema.mutation_type,
        subscription=schema.subscription_type,
        directives=schema.directives,
        types=types,
        assume_valid=True,
    )


class _Pruning(Visitor):
    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def _enter_element(
        self,
        node: FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode,
        *_: Any,
    ) -> Any:
        for directive in node.directives or ():
            if directive.name.value != "deprecated":
                continue
            reasons = [
                getattr(argument.value, "value", "") for argument in directive.arguments or ()
            ]
            removal = get_removal_date(reasons[0] if reasons else None)
            if removal is not None and removal < self.today:
                return REMOVE
        return None

    enter_field_definition = _enter_element
    enter_input_value_definition = _enter_element
    enter_enum_value_definition = _enter_element


def _find_used_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """What a document can name: reached from the roots, through arguments, interfaces' types and
    directives too."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    waiting: list[GraphQLNamedType] = [root for root in roots if root is not None]
    waiting += [
        get_named_type(argument.type)
        for directive in schema.directives
        for argument in directive.args.values()
    ]
    used: dict[str, GraphQLNamedType] = {}
    while waiting:
        type_ = waiting.pop()
        if type_.name not in used:
            used[type_.name] = type_
            waiting += _list_neighbours(schema, type_)
    return list(used.values())


def _list_neighbours(schema: GraphQLSchema, type_: Any) -> Iterator[GraphQLNamedType]:
    for field_ in getattr(type_, "fields", {}).values():
        yield get_named_type(field_.type)
        for argument in getattr(field_, "args", {}).values():
            yield get_named_type(argument.type)
    yield from getattr(type_, "interfaces", ())
    yield from getattr(type_, "types", ())
    if isinstance(type_, GraphQLInterfaceType):
        yield from schema.get_possible_types(type_)


def _find_hastened(released: GraphQLSchema, present: GraphQLSchema) -> list[str]:
    """A date that clients were told is not brought forward."""
    now = _get_deprecated(present)
    return [
        f"{name} was to stay until {told}, and is now to go on {removal}."
        for name, reason in _get_deprecated(released).items()
        if (told := get_removal_date(reason)) is not None
        and (removal := get_removal_date(now.get(name))) is not None
        and removal < told
    ]


def _get_deprecated(schema: GraphQLSchema) -> dict[str, str]:
    """The reasons, by the schema coordinate of each element: `Type.field(argument:)`."""
    return {
        coordinate: element.deprecation_reason
        for coordinate, element in _list_elements(schema)
        if element.deprecation_reason is not None
    }


def _list_elements(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field_ in type_.fields.items():
                yield f"{type_.name}.{name}", field_
                for argument_name, argument in getattr(field_, "args", {}).items():
                    yield f"{type_.name}.{name}({argument_name}:)", argument
    for directive in schema.directives:
        yield from _list_directive_elements(directive)


def _list_directive_elements(directive: GraphQLDirective) -> Iterator[tuple[str, Any]]:
    for name, argument in directive.args.items():
        yield f"@{directive.name}({name}:)", argument
