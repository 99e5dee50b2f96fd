from decimal import Decimal

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from .bookings import BookingQueries
from .customers import CustomerQueries
from .dispute_mutations import DisputeMutations
from .disputes import DisputeQueries
from .errors import ERROR_TYPES
from .extensions import DocumentCache, DocumentRules, ErrorCodes
from .operations import OperationQueries
from .payment_intent_mutations import PaymentIntentMutations
from .payment_intent_updates import PaymentIntentUpdates
from .payment_intents import PaymentIntentQueries
from .payment_methods import PaymentMethodMutations, PaymentMethodQueries
from .payments_config import PaymentsConfigQueries
from .refunds import RefundMutations, RefundQueries
from .scalars import DECIMAL
from .setup_intents import SetupIntentMutations, SetupIntentQueries
from .subscriptions import Subscription

LARGEST_DOCUMENT = 4000
"""Tokens. GraphiQL's introspection has some 300."""


@strawberry.type(description="What can be read. All but `paymentsConfig` needs to be signed in.")
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
        """`ErrorCodes` logs what is unexpected. Strawberry would log every error, with the part of
        the document around it, and that is not for a log."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=ERROR_TYPES,
    config=StrawberryConfig(scalar_map={Decimal: DECIMAL}),
    extensions=[
        ErrorCodes,
        DocumentRules,
        lambda: MaxTokensLimiter(LARGEST_DOCUMENT),
        lambda: DocumentCache(maxsize=256),
        lambda: ValidationCache(maxsize=256),
    ],
)
