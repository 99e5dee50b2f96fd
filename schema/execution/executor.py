"""Executes what plans can write by plans, and everything else by graphql-core. See Note
[Plans]."""

from contextlib import suppress
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, OperationType
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from payments_graphql import metrics
from payments_graphql.conf import conf

from ..engine.plans import Plans, find_plans
from .readers import Place, Unplanned
from .writers import Fields, Write, write_object

__all__ = ["PlanningExecutor"]


class PlanningExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which asks for a plan before it executes the selection of an
    object."""

    _plans: Plans | None = None
    _is_planning: bool | None = None

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        plans = self._find_plans()
        if plans is not None and not return_type.name.startswith("__"):  # of introspection
            write = self._find_writer(plans, return_type, field_details_list)
            if write is not None:
                schema = self.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 (as Info does)
                place = Place(self.context_value, path, self.operation, schema)
                with suppress(Exception):  # graphql-core executes it again, and says what is wrong
                    return write(result, place)
            metrics.count_unplanned(return_type.name, "failed" if write else "no_plan")
        return super().collect_and_execute_subfields(
            return_type, field_details_list, path, result, position_context
        )

    def _find_plans(self) -> Plans | None:
        if self._is_planning is None:
            self._is_planning = self._may_plan()
            if self._is_planning:
                self._plans = find_plans(self.operation, self.fragment_definitions)
        return self._plans

    def _find_writer(self, plans: Plans, shown: GraphQLObjectType, details: Any) -> Write | None:
        values = self.variable_values.coerced
        key = (
            shown,
            tuple(id(one.node) for one in details),
            tuple(values.get(name) for name in plans.variables),
        )
        kept = plans.writers.find(key)
        if kept is None:
            kept = plans.writers.keep(key, (self._make_writer(shown, details),))
        [write] = kept
        return write  # type: ignore[no-any-return]  # the key decides

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
