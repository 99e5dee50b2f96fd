"""Counts GraphQL requests for Prometheus. See Note [Bounded labels]."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, get_operation_ast
from strawberry.extensions import SchemaExtension

from payments_graphql import metrics
from payments_graphql.errors import PaymentError

from .context import Context
from .public_errors import find_cause

OTHER = "other"
_OUTCOMES = {
    "LIMIT_EXCEEDED": "limited",
    "RATE_LIMITED": "limited",
    "UNAUTHENTICATED": "unauthenticated",
    "PERMISSION_DENIED": "denied",
    "CSRF_FAILED": "denied",
    "UNAVAILABLE": "unavailable",
    "INTERNAL_SERVER_ERROR": "failed",
}
_WORST_FIRST = ("failed", "unavailable", "limited", "unauthenticated", "denied", "invalid")


class RequestCounts(SchemaExtension):
    """Counts each request once: a stream when it is opened, not when it is read again."""

    def on_operation(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        context = self.execution_context
        if _is_read_again(context.context):
            return
        operation = _find_operation(context)
        errors = context.pre_execution_errors or ()
        for error in errors:
            if (error.extensions or {}).get("code") == "LIMIT_EXCEEDED":
                metrics.count_limit(f"graphql.{(error.extensions or {})['limit']}")
        metrics.count_graphql(
            OTHER if operation is None else _name(context.schema._schema, operation),  # noqa: SLF001 (the only way to it)
            "none" if operation is None else operation.operation.value,
            _get_outcome(errors),
            time.perf_counter() - started,
        )


def count_refused(code: str) -> None:
    """Counts a request that was refused before its document was read."""
    metrics.count_graphql(OTHER, "none", _OUTCOMES.get(code, "invalid"), None)


def _is_read_again(context: Any) -> bool:
    is_stream = isinstance(context, Context) and context.watch is not None
    return is_stream and context.watch.version >= 0


def _find_operation(context: Any) -> OperationDefinitionNode | None:
    if context.graphql_document is None:
        return None
    return get_operation_ast(context.graphql_document, context._provided_operation_name)  # noqa: SLF001 (`operation_name` guesses)


def _name(schema: Any, operation: OperationDefinitionNode) -> str:
    """The root field, since clients choose the name of an operation."""
    names = {
        selection.name.value if isinstance(selection, FieldNode) else OTHER
        for selection in operation.selection_set.selections
    }
    if len(names) > 1:
        return "several"
    (name,) = names
    root = schema.get_root_type(operation.operation)
    if root is not None and name in root.fields:
        return name
    return "introspection" if name.startswith("__") else OTHER


def _get_outcome(errors: Sequence[GraphQLError]) -> str:
    found = {_OUTCOMES.get(_get_code(error), "invalid") for error in errors}
    return next((outcome for outcome in _WORST_FIRST if outcome in found), "ok")


def _get_code(error: GraphQLError) -> str:
    """The code that the client will see. See `public_errors`."""
    cause = find_cause(error)
    if isinstance(cause, PaymentError):
        return cause.code.name
    if isinstance(cause, OperationalError | InterfaceError):
        return "UNAVAILABLE"
    if cause is not None:
        return "INTERNAL_SERVER_ERROR"
    return str((error.extensions or {}).get("code", ""))
