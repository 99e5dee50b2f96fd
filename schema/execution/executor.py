"""Executes what plans can write by plans, and everything else by graphql-core. See Note
[Plans]."""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Any

from graphql import (
    DirectiveNode,
    GraphQLError,
    GraphQLObjectType,
    Node,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from payments_graphql.conf import conf

from .readers import Place, Unplanned
from .writers import Fields, Write, write_object

__all__ = ["PlanningExecutor"]

_MOST_OPERATIONS = 256


class _Plans:
    """The plans of one operation of a kept document. None: there is no plan for it."""

    def __init__(self, operation: OperationDefinitionNode, directives: tuple[str, ...]) -> None:
        self.operation = operation  # keeps the nodes alive, whose ids are keys
        self.variables = directives
        self.writers: dict[Any, Write | None] = {}


_kept: OrderedDict[int, _Plans] = OrderedDict()
_lock = Lock()


class PlanningExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which asks for a plan before it executes the selection of an
    object."""

    _plans: _Plans | None = None
    _is_planning: bool | None = None

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        write = self._find_writer(return_type, field_details_list)
        if write is not None:
            schema = self.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 (as Info does)
            place = Place(self.context_value, path, self.operation, schema)
            try:
                return write(result, place)
            except Exception:  # graphql-core says which, and where
                pass
        return super().collect_and_execute_subfields(
            return_type, field_details_list, path, result, position_context
        )

    def _find_writer(self, shown: GraphQLObjectType, details: Any) -> Write | None:
        if self._is_planning is None:
            self._is_planning = self._may_plan()
            if self._is_planning:
                self._plans = _find_plans(self.operation, self.fragment_definitions)
        plans = self._plans
        if plans is None:
            return None
        values = self.variable_values.coerced
        key = (
            shown,
            tuple(id(one.node) for one in details),
            tuple(values.get(name) for name in plans.variables),
        )
        if key not in plans.writers:
            plans.writers[key] = self._make_writer(shown, details)
        return plans.writers[key]

    def _may_plan(self) -> bool:
        """A site's extension can resolve fields, and only queries may be read twice."""
        return (
            self.operation.operation is OperationType.QUERY
            and not (self.middleware_manager and self.middleware_manager.middlewares)
            and conf.PAYMENTS_GRAPHQL_PLANS
        )

    def _make_writer(self, shown: GraphQLObjectType, details: Any) -> Write | None:
        try:
            return write_object(shown, details, self._collect)
        except (Unplanned, GraphQLError):
            return None

    def _collect(self, shown: GraphQLObjectType, details: Any) -> Fields:
        grouped, deferred, _forbidden = self.collect_subfields(shown, details)
        if deferred:
            raise Unplanned("a part of the response is deferred")
        return {key: (found[0].node.name.value, found) for key, found in grouped.items()}


def _find_plans(operation: OperationDefinitionNode, fragments: Any) -> _Plans:
    with _lock:
        plans = _kept.get(id(operation))
        if plans is None or plans.operation is not operation:
            plans = _Plans(operation, _list_variables([operation, *fragments.values()]))
            _kept[id(operation)] = plans
        _kept.move_to_end(id(operation))
        while len(_kept) > _MOST_OPERATIONS:
            _kept.popitem(last=False)
        return plans


def _list_variables(nodes: list[Node]) -> tuple[str, ...]:
    """The variables in directives, which decide what is selected."""
    found = {
        argument.value.name.value
        for node in nodes
        for directive in _walk(node)
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }
    return tuple(sorted(found))


def _walk(node: Node) -> Iterator[DirectiveNode]:
    yield from getattr(node, "directives", None) or ()
    selection_set = getattr(node, "selection_set", None)
    for selection in selection_set.selections if selection_set else ():
        yield from _walk(selection)
