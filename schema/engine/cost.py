"""The cost of an operation: how many values its response can have.

Each field counts once. The fields of a list count once for each possible item: the requested page
size, or `_ASSUMED` for a list without pages, such as the refunds of a payment.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from payments_graphql.conf import conf

from .pagination import DEFAULT_PAGE

_ASSUMED = 3
_COUNT = 500
"""For each of `_COUNTED`, which read up to 10,000 rows to return one value."""
_COUNTED = ("totalCount", "hasMoreThanTotalCount")
_INTROSPECTION = 4000
"""For `__schema` or `__type`, whatever is selected: there are many types."""


def compute_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
) -> int:
    """The cost of a valid document. The variables are as sent."""
    counter = _Counter(schema, document, operation, variables or {})
    root = schema.get_root_type(operation.operation)
    return counter.count(operation.selection_set, root, None) if root else 0


class _Counter:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._largest_page = conf.PAYMENTS_GRAPHQL_MAX_PAGE
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._variables = variables
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }

    def count(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType, page: int | None
    ) -> int:
        """`page` is the page size if `parent` is a page, else None."""
        total = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                total += self._count_field(selection, parent, page)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments[selection.name.value]
                named = self._schema.get_type(fragment.type_condition.name.value) or parent
                total += self.count(fragment.selection_set, named, page)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                named = (condition and self._schema.get_type(condition.name.value)) or parent
                total += self.count(selection.selection_set, named, page)
        return total

    def _count_field(self, node: FieldNode, parent: GraphQLNamedType, page: int | None) -> int:
        name = node.name.value
        if name in ("__schema", "__type"):
            return _INTROSPECTION
        if node.selection_set is None:
            return _COUNT if page is not None and name in _COUNTED else 1
        type_: GraphQLOutputType = parent.fields[name].type  # type: ignore[attr-defined]  # a selection set has an object
        below, times = self._get_page(node, parent), 1
        if is_list_type(get_nullable_type(type_)):
            times = self._count_ids(node) or page or _ASSUMED
            below = None
        return 1 + times * self.count(node.selection_set, get_named_type(type_), below)

    def _get_page(self, node: FieldNode, parent: GraphQLNamedType) -> int | None:
        field = parent.fields[node.name.value]  # type: ignore[attr-defined]  # a selection set has an object
        if "first" not in field.args:
            return None
        sizes = [
            value
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
            and isinstance(value := self._get_value(argument.value), int | float)
        ]
        # An invalid size is rejected later, with a better message. Here it must not lower the
        # cost.
        return int(min(max(1, *sizes), self._largest_page)) if sizes else DEFAULT_PAGE

    def _count_ids(self, node: FieldNode) -> int:
        """The number of ids in an argument `ids`, as of `nodes`."""
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                ids = self._get_value(argument.value)
                return len(ids) if isinstance(ids, Sequence) and not isinstance(ids, str) else 1
        return 0

    def _get_value(self, node: ValueNode | None) -> Any:
        """The value of a number, or a list, of which only the length matters."""
        if isinstance(node, VariableNode):
            name = node.name.value
            return self._variables.get(name, self._get_value(self._defaults.get(name)))
        if isinstance(node, IntValueNode):
            return int(node.value) if len(node.value) < 10 else self._largest_page
        return node.values if isinstance(node, ListValueNode) else None
