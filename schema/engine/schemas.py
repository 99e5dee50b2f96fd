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
        """`as_public` logs what is unexpected. Strawberry would log every error, with the part of
        the document around it, and that is not for a log."""

    def execute_sync(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Here and not in an extension, so that what goes wrong in one is masked too."""
        result = super().execute_sync(*args, **kwargs)
        if result.errors:
            result.errors = as_public(result.errors)
        return result

    def _get_custom_context_kwargs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """For graphql-core's `execute`, to which Strawberry has no other way."""
        return {
            **super()._get_custom_context_kwargs(*args, **kwargs),
            "hide_suggestions": not conf.PAYMENTS_GRAPHQL_SUGGESTIONS,
            "max_coercion_errors": conf.PAYMENTS_GRAPHQL_MAX_ERRORS,
        }


class PaymentsSchema(MaskedSchema):
    """A site's: our types have the fields that the site has added with `extend`."""

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return list_fields(type_definition)
