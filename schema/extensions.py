"""What every request passes through: limits, introspection, and errors that say no more than they
should."""

import uuid
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.db import InterfaceError, OperationalError
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    ValidationRule,
)
from graphql import ExecutionResult as CoreResult
from strawberry.extensions import ParserCache, SchemaExtension
from strawberry.types import ExecutionResult

from payments_graphql.errors import PaymentError
from payments_graphql.logs import get_logger

logger = get_logger("payments_graphql.graphql")


class DocumentCache(ParserCache):
    def on_parse(self) -> Iterator[None]:
        """Leaves a syntax error to Strawberry's own parsing: one raised here would look unexpected
        to it, and to `ErrorCodes`."""
        with suppress(GraphQLError):
            context = self.execution_context
            context.graphql_document = self.cached_parse_document(
                context.query, **context.parse_options
            )
        yield


class OneOperation(ValidationRule):
    """Without a name to choose by, Strawberry would run the first of several."""

    def enter_document(self, node: DocumentNode, *_: object) -> None:
        operations = [
            definition
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        if len(operations) > 1:
            message = "Give the `operationName` of the operation to run."
            self.report_error(GraphQLError(message, operations))


class DocumentRules(SchemaExtension):
    """What is checked besides GraphQL's own rules; introspection is for development."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        if not settings.DEBUG:
            context.validation_rules = (*context.validation_rules, NoSchemaIntrospectionCustomRule)
        if not context._provided_operation_name:  # noqa: SLF001 (`operation_name` guesses)
            context.validation_rules = (*context.validation_rules, OneOperation)
        yield


class ErrorCodes(SchemaExtension):
    """Gives each top-level error its `extensions.code`; an unexpected one is masked and logged."""

    def on_operation(self) -> Iterator[None]:
        yield
        result = self.execution_context.result
        if isinstance(result, ExecutionResult | CoreResult) and result.errors:
            was_executed = isinstance(result, CoreResult)
            result.errors = [_as_public(error, was_executed) for error in result.errors]


def _as_public(error: GraphQLError, was_executed: bool) -> GraphQLError:
    original = error.original_error
    if isinstance(original, PaymentError):
        extensions = {"code": original.code.name, "retryable": original.retryable}
        return _with_code(error, original.message, extensions)
    if error.extensions and "code" in error.extensions:
        return error
    if isinstance(error, GraphQLSyntaxError):
        return _with_code(error, error.message, {"code": "GRAPHQL_PARSE_FAILED"})
    if not was_executed and original is None:
        return _with_code(error, error.message, {"code": "GRAPHQL_VALIDATION_FAILED"})
    if original is None or isinstance(original, GraphQLError):
        return _with_code(error, error.message, {"code": "BAD_USER_INPUT"})
    return mask(original, error)


def mask(exception: BaseException, error: GraphQLError | None = None) -> GraphQLError:
    """An error without a word of the exception, but with the id under which it is in the log."""
    error_id = uuid.uuid4().hex
    path = error.path if error else None
    logger.error("graphql.unexpected_error", error_id=error_id, path=path, exc_info=exception)
    if isinstance(exception, OperationalError | InterfaceError):
        # The database's, not ours: it was out of reach, or the pool of connections used up.
        message = "The site cannot answer at the moment. Try again shortly."
        extensions = {"code": "UNAVAILABLE", "id": error_id, "retryable": True}
        return _with_code(error or GraphQLError(""), message, extensions)
    return _with_code(
        error or GraphQLError(""),
        "An unexpected error occurred.",
        {"code": "INTERNAL_SERVER_ERROR", "id": error_id},
    )


def _with_code(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
