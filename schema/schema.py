from datetime import datetime
from decimal import Decimal

import strawberry
from django.utils.module_loading import import_string
from strawberry.schema.config import StrawberryConfig

from payments_graphql.conf import conf

from .engine.errors import ERROR_TYPES
from .engine.extensions import Cost, Documents
from .engine.request_counts import RequestCounts
from .engine.scalars import DATE_TIME, DECIMAL
from .engine.schemas import MaskedSchema
from .engine.traces import Traces
from .execution.executor import PlanningExecutor
from .roots import PaymentsMutation, PaymentsQuery, PaymentsSubscription

schema = MaskedSchema(
    query=PaymentsQuery,
    mutation=PaymentsMutation,
    subscription=PaymentsSubscription,
    types=ERROR_TYPES,
    config=StrawberryConfig(scalar_map={Decimal: DECIMAL, datetime: DATE_TIME}),
    extensions=[Traces, RequestCounts, Documents, Cost],
    execution_context_class=PlanningExecutor,
)


def get_schema() -> strawberry.Schema:
    """The schema that our views use: the site's own if there is one."""
    path = conf.PAYMENTS_GRAPHQL_SCHEMA
    found: strawberry.Schema = import_string(path) if path else schema
    return found
