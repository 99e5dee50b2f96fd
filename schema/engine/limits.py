"""Limits of a document, checked on its text before validation.

GraphQL's own rules compare all pairs of fields with the same name and follow every use of a
fragment, so a document of some kilobytes can keep them busy for seconds. The checks here take time
proportional to the length of the document, and an accepted document is cheap to validate.

Fields, depth and aliases count as executed: the fields of a fragment count each time it is used.
Directives count once; `@skip` does not reduce any count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TokenKind,
)

from payments_graphql.conf import conf
from payments_graphql.money import LONGEST_NUMBER

INTROSPECTION_DEPTH = 20
"""The depth below `__schema` and `__type`. GraphiQL's query has 14 levels, with nine `ofType`."""

VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True)
class Limits:
    """See the settings of the same names, `PAYMENTS_GRAPHQL_MAX_...`."""

    depth: int
    fields: int
    aliases: int
    repeats: int
    directives: int
    directives_per_node: int

    @classmethod
    def read(cls) -> "Limits":
        return cls(
            depth=conf.PAYMENTS_GRAPHQL_MAX_DEPTH,
            fields=conf.PAYMENTS_GRAPHQL_MAX_FIELDS,
            aliases=conf.PAYMENTS_GRAPHQL_MAX_ALIASES,
            repeats=conf.PAYMENTS_GRAPHQL_MAX_REPEATS,
            directives=conf.PAYMENTS_GRAPHQL_MAX_DIRECTIVES,
            directives_per_node=conf.PAYMENTS_GRAPHQL_MAX_DIRECTIVES_PER_NODE,
        )


class LimitExceededError(GraphQLError):
    """`limit` and `maximum` are for programs; the message says the same to people."""

    def __init__(
        self,
        limit: str,
        maximum: int,
        message: str,
        nodes: Sequence[Node] | None = None,
        **more: object,
    ) -> None:
        extensions = {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": maximum, **more}
        super().__init__(message, nodes, extensions=extensions)


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Raises `LimitExceededError`, or `GraphQLError` for invalid fragments."""
    _check_numbers(document)
    fragments = _get_fragments(document)
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    measure = _Measure(limits)
    for fragment in _order(fragments, operations):
        measure.add_fragment(fragment)
    fields = 0
    for operation in operations:
        size = measure.measure_operation(operation)
        fields += size.fields
        _check_size(operation, size, limits)
    if fields > limits.fields:
        message = (
            f"The document selects more than {limits.fields} fields and fragments. The fields of "
            "a fragment count each time it is used."
        )
        raise LimitExceededError("fields", limits.fields, message)
    for operation in operations:
        _check_repeats(operation, fragments, limits.repeats)


def _check_numbers(document: DocumentNode) -> None:
    """See Note [Numbers have a bound]."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        is_number = token.kind in (TokenKind.INT, TokenKind.FLOAT)
        if is_number and token.end - token.start > LONGEST_NUMBER:
            message = f"A number in the document has more than {LONGEST_NUMBER} characters."
            raise LimitExceededError("number", LONGEST_NUMBER, message)
        token = token.next


def check_operation_name(document: DocumentNode, operation_name: str | None) -> None:
    """Rejects several operations without a name, since the first would run. Raises
    `GraphQLError`."""
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if operation_name is None and len(operations) > 1:
        raise _make_error(
            "`operationName` is required, because the document has more than one operation.",
            operations[:2],
        )


@dataclass(frozen=True)
class _Size:
    """The size of a selection with everything below it. `roots` counts the fields of its own
    level."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    roots: int = 0


class _Measure:
    """Visits each definition once. The size of a fragment is known before it is used."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._directives = 0
        self._fragments: dict[str, _Size] = {}

    def add_fragment(self, fragment: FragmentDefinitionNode) -> None:
        self._count_directives(fragment)
        self._fragments[fragment.name.value] = self._measure(fragment.selection_set)

    def measure_operation(self, operation: OperationDefinitionNode) -> _Size:
        self._count_directives(operation)
        for variable in operation.variable_definitions or ():
            self._count_directives(variable)
        return self._measure(operation.selection_set)

    def _measure(self, selection_set: SelectionSetNode | None) -> _Size:
        fields = depth = aliases = roots = 0
        for selection in selection_set.selections if selection_set else ():
            self._count_directives(selection)
            if isinstance(selection, FragmentSpreadNode):
                below = self._fragments.get(selection.name.value, _Size())
            else:
                below = self._measure(selection.selection_set)  # type: ignore[attr-defined]  # a field or an inline fragment
            fields += 1 + below.fields
            aliases += below.aliases
            if isinstance(selection, FieldNode):
                depth = max(depth, 1 + self._get_depth_below(selection, below))
                aliases += selection.alias is not None
                roots += selection.name.value != "__typename"
            else:
                depth = max(depth, below.depth)
                roots += below.roots
        return _Size(fields, depth, aliases, roots)

    def _get_depth_below(self, field: FieldNode, below: _Size) -> int:
        """Introspection has its own limit, since it returns types and not rows."""
        if field.name.value not in ("__schema", "__type"):
            return below.depth
        if below.depth > INTROSPECTION_DEPTH:
            message = f"Introspection is nested more than {INTROSPECTION_DEPTH} fields deep."
            raise LimitExceededError("depth", INTROSPECTION_DEPTH, message, [field])
        return 0

    def _count_directives(self, node: Node) -> None:
        count = len(getattr(node, "directives", None) or ())
        self._directives += count
        limits = self._limits
        if count > limits.directives_per_node:
            message = (
                f"One place in the document has more than {limits.directives_per_node} directives."
            )
            raise LimitExceededError(
                "directivesPerNode", limits.directives_per_node, message, [node]
            )
        if self._directives > limits.directives:
            message = f"The document has more than {limits.directives} directives."
            raise LimitExceededError("directives", limits.directives, message, [node])


def _check_size(operation: OperationDefinitionNode, size: _Size, limits: Limits) -> None:
    if size.depth > limits.depth:
        message = f"The operation is nested more than {limits.depth} fields deep."
        raise LimitExceededError("depth", limits.depth, message, [operation])
    if size.aliases > limits.aliases:
        message = f"The operation has more than {limits.aliases} aliases."
        raise LimitExceededError("aliases", limits.aliases, message, [operation])
    if operation.operation is OperationType.MUTATION and size.roots > 1:
        # All of them would share one rate limit and one deadline.
        message = "A request can have only one mutation. Send each mutation in a separate request."
        raise LimitExceededError("mutations", 1, message, [operation])


def _check_repeats(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode], most: int
) -> None:
    """Counts fields with the same name that are merged in the response, level by level. Call it
    after the total number of fields was checked."""
    levels = [[operation.selection_set]]
    while levels:
        merged: dict[str, list[FieldNode]] = {}
        for field in _iterate_fields(levels.pop(), fragments):
            name = (field.alias or field.name).value
            same = merged.setdefault(name, [])
            same.append(field)
            if len(same) > most:
                message = f"A field is selected more than {most} times in the same place."
                raise LimitExceededError("repeats", most, message, [field])
        for same in merged.values():
            below = [field.selection_set for field in same if field.selection_set]
            if below:
                levels.append(below)


def _iterate_fields(
    selection_sets: Sequence[SelectionSetNode], fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of one level, including those of fragments."""
    pending = list(selection_sets)
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value in fragments:
                    pending.append(fragments[selection.name.value].selection_set)
            else:
                pending.append(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment


def _get_fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            name = definition.name.value
            if name in fragments:
                nodes = [fragments[name].name, definition.name]
                raise _make_error(f"There can be only one fragment named '{name}'.", nodes)
            fragments[name] = definition
    return fragments


def _order(
    fragments: dict[str, FragmentDefinitionNode], operations: Sequence[OperationDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """Orders fragments so that each comes after those that it uses. Every fragment must be used by
    an operation.

    GraphQL has the same rules, but applies them after much work on unused fragments.
    """
    spreads = {name: _find_spreads(fragment) for name, fragment in fragments.items()}
    try:
        order = list(TopologicalSorter(spreads).static_order())
    except CycleError as error:
        name = error.args[1][0]
        nodes = [fragments[name]]
        raise _make_error(f"Cannot spread fragment '{name}' within itself.", nodes) from None
    used: set[str] = set()
    pending = [name for operation in operations for name in _find_spreads(operation)]
    while pending:
        name = pending.pop()
        if name in fragments and name not in used:
            used.add(name)
            pending += spreads[name]
    for name, fragment in fragments.items():
        if name not in used:
            raise _make_error(f"Fragment '{name}' is never used.", [fragment])
    return [fragments[name] for name in order if name in fragments]


def _find_spreads(definition: FragmentDefinitionNode | OperationDefinitionNode) -> set[str]:
    found: set[str] = set()
    pending = [definition.selection_set]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                found.add(selection.name.value)
            elif selection.selection_set:  # type: ignore[attr-defined]  # a field or an inline fragment
                pending.append(selection.selection_set)  # type: ignore[attr-defined]  # as above
    return found


def _make_error(message: str, nodes: Sequence[Node]) -> GraphQLError:
    return GraphQLError(message, nodes, extensions={"code": VALIDATION_FAILED})
