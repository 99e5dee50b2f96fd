from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from payments_graphql.conf import conf

from .object_types import list_fields
from .public_errors import as_public


class MaskedSchema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Does nothing, since `as_public` logs unexpected errors. Strawberry would log every error
        with the surrounding part of the document, which must not be in a log."""

    def execute_sync(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Masks errors here and not in an extension, so that errors in extensions are masked
        too."""
        result = super().execute_sync(*args, **kwargs)
        if result.errors:
            result.errors = as_public(result.errors)
        return result

    def _get_custom_context_kwargs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """For graphql-core's `execute`. Strawberry has no other way to pass arguments to it."""
        return {
            **super()._get_custom_context_kwargs(*args, **kwargs),
            "hide_suggestions": not conf.PAYMENTS_GRAPHQL_SUGGESTIONS,
            "max_coercion_errors": conf.PAYMENTS_GRAPHQL_MAX_ERRORS,
        }


class PaymentsSchema(MaskedSchema):
    """A site's schema. Our types have the fields that the site has added with `extend`."""

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return list_fields(type_definition)
