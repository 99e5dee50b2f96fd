from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

from payments_graphql.conf import conf

from .engine.errors import ERROR_TYPES
from .engine.extensions import Cost, Documents
from .engine.public_errors import as_public
from .engine.scalars import DATE_TIME, DECIMAL
from .types.bookings import BookingQueries
from .types.customers import CustomerQueries
from .types.dispute_mutations import DisputeMutations
from .types.disputes import DisputeQueries
from .types.node_queries import NodeQueries
from .types.operations import OperationQueries
from .types.payment_intent_mutations import PaymentIntentMutations
from .types.payment_intent_queries import PaymentIntentQueries
from .types.payment_intent_updates import PaymentIntentUpdates
from .types.payment_methods import PaymentMethodMutations, PaymentMethodQueries
from .types.payments_config import PaymentsConfigQueries
from .types.refund_mutations import RefundMutations
from .types.refunds import RefundQueries
from .types.setup_intents import SetupIntentMutations, SetupIntentQueries
from .types.subscriptions import Subscription


@strawberry.type(
    description="What can be read. All but `paymentsConfig` needs to be signed in. `me` is null "
    "for those who are not."
)
class Query(
    CustomerQueries,
    PaymentIntentQueries,
    PaymentMethodQueries,
    RefundQueries,
    DisputeQueries,
    SetupIntentQueries,
    BookingQueries,
    OperationQueries,
    PaymentsConfigQueries,
    NodeQueries,
):
    pass


@strawberry.type(
    description="What can be done. What goes wrong is in the payload's `errors`, a declined card "
    "included."
)
class Mutation(
    PaymentIntentMutations,
    PaymentIntentUpdates,
    RefundMutations,
    DisputeMutations,
    SetupIntentMutations,
    PaymentMethodMutations,
):
    pass


class Schema(strawberry.Schema):
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


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=ERROR_TYPES,
    config=StrawberryConfig(scalar_map={Decimal: DECIMAL, datetime: DATE_TIME}),
    extensions=[Documents, Cost],
)
