"""The queries and mutations of all types."""

import strawberry

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
from .types.refund_request_mutations import RefundRequestMutations
from .types.refund_requests import RefundRequestQueries
from .types.refunds import RefundQueries
from .types.setup_intents import SetupIntentMutations, SetupIntentQueries
from .types.subscriptions import Subscription as PaymentsSubscription

__all__ = ["PaymentsMutation", "PaymentsQuery", "PaymentsSubscription"]


@strawberry.type(
    name="Query",
    description="The queries. All of them require signing in, except `paymentsConfig` and `me`.",
)
class PaymentsQuery(
    CustomerQueries,
    PaymentIntentQueries,
    PaymentMethodQueries,
    RefundQueries,
    RefundRequestQueries,
    DisputeQueries,
    SetupIntentQueries,
    BookingQueries,
    OperationQueries,
    PaymentsConfigQueries,
    NodeQueries,
):
    pass


@strawberry.type(
    name="Mutation",
    description="The mutations. Errors, such as a declined card, are returned in the `errors` of "
    "the payload. The permissions named here are the defaults; a site can change the rules.",
)
class PaymentsMutation(
    PaymentIntentMutations,
    PaymentIntentUpdates,
    RefundMutations,
    RefundRequestMutations,
    DisputeMutations,
    SetupIntentMutations,
    PaymentMethodMutations,
):
    pass
