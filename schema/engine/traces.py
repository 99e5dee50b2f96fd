"""A span for each operation: see Note [Traces] in `payments_graphql.tracing`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_operation_ast,
)
from opentelemetry.trace import Span
from strawberry.extensions import SchemaExtension

from payments_graphql import tracing
from payments_graphql.errors import PaymentError

_LONGEST_NAME = 100
"""Characters of an operation's name, which the client chooses."""


class Traces(SchemaExtension):
    """The span is named by type and root field, which the schema limits, and not by the operation's
    name, which the client chooses."""

    def on_operation(self) -> Iterator[None]:
        with tracing.span("graphql") as span:
            yield
            if span.is_recording():
                self._describe(span)

    def _describe(self, span: Span) -> None:
        context = self.execution_context
        document = context.graphql_document
        operation = document and get_operation_ast(document, context._provided_operation_name)  # noqa: SLF001 (`operation_name` guesses)
        if operation:
            self._name(span, operation)
        result = context.result
        outcome = _find_outcome(result.errors, result.data) if result is not None else "rejected"
        tracing.describe(span, outcome=outcome)
        if outcome == "INTERNAL_SERVER_ERROR":
            tracing.fail(span, outcome)

    def _name(self, span: Span, operation: OperationDefinitionNode) -> None:
        kind = operation.operation.value
        schema = self.execution_context.schema._schema  # noqa: SLF001 (the only way to it)
        root = schema.get_root_type(operation.operation)
        asked = [
            field.name.value
            for field in operation.selection_set.selections
            if isinstance(field, FieldNode) and root and field.name.value in root.fields
        ]
        span.update_name(" ".join(["graphql", kind, *asked[:1]]))
        name = operation.name.value[:_LONGEST_NAME] if operation.name else None
        tracing.describe(span, operation_type=kind, operation_name=name)


def _find_outcome(errors: Sequence[GraphQLError] | None, data: Mapping[str, Any] | None) -> str:
    """`ok`, or the code of the first error, also of one in a mutation's payload."""
    if errors:
        return _get_code(errors[0])
    for payload in (data or {}).values():
        shown = payload.get("errors") if isinstance(payload, Mapping) else None
        if shown:
            return str(shown[0].get("code") or "refused")
    return "ok"


def _get_code(error: GraphQLError) -> str:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        if code := (cause.extensions or {}).get("code"):
            return str(code)
        cause = cause.original_error
    if isinstance(cause, PaymentError):
        return cause.code.name
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if cause is None else "INTERNAL_SERVER_ERROR"
