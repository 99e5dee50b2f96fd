"""The steps that every operation passes: limits, validation and cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    validate,
)
from opentelemetry import trace
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from payments_graphql import tracing
from payments_graphql.conf import conf

from .cost import compute_cost
from .documents import DocumentCache
from .limits import (
    VALIDATION_FAILED,
    LimitExceededError,
    Limits,
    check_document,
    check_operation_name,
)

valid_documents = DocumentCache(most_documents=256, most_tokens=50_000)
"""One cache per process."""


@dataclass(frozen=True)
class _Terms:
    """The settings under which a document was validated."""

    limits: Limits
    tokens: int
    errors: int
    introspection: bool
    suggestions: bool

    @classmethod
    def read(cls) -> "_Terms":
        return cls(
            limits=Limits.read(),
            tokens=conf.PAYMENTS_GRAPHQL_MAX_TOKENS,
            errors=conf.PAYMENTS_GRAPHQL_MAX_ERRORS,
            introspection=conf.PAYMENTS_GRAPHQL_INTROSPECTION,
            suggestions=conf.PAYMENTS_GRAPHQL_SUGGESTIONS,
        )


class Documents(SchemaExtension):
    """Parses and validates a document, or takes it from the cache."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        self._terms = _Terms.read()
        self._key = (context.schema, self._terms, context.query)
        context.graphql_document = valid_documents.get(self._key)
        self._is_known = context.graphql_document is not None
        context.parse_options.update(
            max_lexical_tokens=self._terms.tokens,  # type: ignore[call-arg]  # graphql-core takes more than Strawberry declares
            max_comments=self._terms.tokens,
        )
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        assert document is not None
        errors: list[GraphQLError] = []
        try:
            check_operation_name(document, context._provided_operation_name)  # noqa: SLF001 (`operation_name` guesses)
            if not self._is_known:
                check_document(document, self._terms.limits)
                rules = context.validation_rules
                schema = context.schema._schema  # noqa: SLF001 (the only way to it)
                errors = _validate(schema, document, rules, self._terms)
        except GraphQLError as error:
            errors = [error]
        if not errors and not self._is_known:
            valid_documents.put(self._key, document)
        # Not None, since Strawberry would validate again.
        context.pre_execution_errors = errors
        yield


class Cost(SchemaExtension):
    """Adds `extensions.cost` to the response, also if the operation was rejected."""

    _cost: int | None = None

    def on_validate(self) -> Iterator[None]:
        """Runs after `Documents`, which comes first in the list."""
        context = self.execution_context
        document = context.graphql_document
        if document is not None and not context.pre_execution_errors:
            operation = get_operation_ast(document, context.operation_name)
            assert operation is not None
            schema = context.schema._schema  # noqa: SLF001 (the only way to it)
            self._cost = compute_cost(schema, document, operation, context.variables)
            tracing.describe(trace.get_current_span(), cost=self._cost)
            self._check(operation)
        yield

    def get_results(self) -> dict[str, Any]:
        if self._cost is None:
            return {}
        return {"cost": {"requested": self._cost, "maximum": conf.PAYMENTS_GRAPHQL_MAX_COST}}

    def _check(self, operation: OperationDefinitionNode) -> None:
        most = conf.PAYMENTS_GRAPHQL_MAX_COST
        if self._cost is not None and self._cost > most:
            message = (
                f"The operation costs {self._cost}, more than the maximum of {most}. Request "
                "smaller pages or fewer fields."
            )
            self.execution_context.pre_execution_errors = [
                LimitExceededError("cost", most, message, [operation], requested=self._cost)
            ]


def _validate(
    schema: GraphQLSchema, document: DocumentNode, rules: tuple[Any, ...], terms: _Terms
) -> list[GraphQLError]:
    rules = (*rules, MaybeNullValidationRule, OneOfInputValidationRule)  # as Strawberry does
    if not terms.introspection:
        rules = (*rules, NoSchemaIntrospectionCustomRule)
    errors = validate(schema, document, rules, terms.errors, hide_suggestions=not terms.suggestions)
    errors = [_without_int_limit(error) for error in errors]
    for error in errors:
        error.extensions = {"code": VALIDATION_FAILED, **(error.extensions or {})}
    return errors


def _without_int_limit(error: GraphQLError) -> GraphQLError:
    """For more than 4300 digits, Python raises a `ValueError` that graphql-core does not catch."""
    if not isinstance(error.original_error, ValueError):
        return error
    return GraphQLError("A number in the document has too many digits.", error.nodes)
