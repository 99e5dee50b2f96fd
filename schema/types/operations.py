from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from payments_graphql import errors
from payments_graphql.models import (
    Operation as OperationRow,
)
from payments_graphql.models import (
    OperationKind,
    OperationState,
    get_or_none,
)
from payments_graphql.operations import actor_of
from payments_graphql.texts import is_storable

from ..engine.context import Info, get_user
from ..engine.enums import describe_enum
from ..engine.errors import PaymentError, as_payload_error
from ..engine.object_types import get_object_type
from ..engine.prefetching import selects
from ..engine.visibility import Scope, list_visible
from .disputes import Dispute
from .payment_intents import PaymentIntent
from .refunds import Refund
from .setup_intents import SetupIntent

describe_enum(
    OperationKind,
    "The type of an operation.",
    {
        "CREATE_CUSTOMER": "Creates the customer, with the first payment.",
        "CREATE_PAYMENT_INTENT": "Creates a payment.",
        "CONFIRM_PAYMENT_INTENT": "Confirms a payment: charges the payment method.",
        "CAPTURE_PAYMENT_INTENT": "Captures an authorized amount.",
        "CANCEL_PAYMENT_INTENT": "Cancels a payment.",
        "UPDATE_PAYMENT_INTENT": "Changes a payment that has not been paid.",
        "CREATE_REFUND": "Refunds a payment.",
        "CANCEL_REFUND": "Cancels a refund that is in progress.",
        "CREATE_SETUP_INTENT": "Creates a setup intent, to save a card without a payment.",
        "CANCEL_SETUP_INTENT": "Cancels a setup intent.",
        "SUBMIT_DISPUTE_EVIDENCE": "Answers a dispute with evidence.",
        "ACCEPT_DISPUTE": "Accepts a dispute: the customer keeps the money.",
        "SET_DEFAULT_PAYMENT_METHOD": "Sets the default payment method.",
        "DELETE_CUSTOMER": "Deletes a customer, when personal data is erased.",
        "DETACH_PAYMENT_METHOD": "Removes a saved payment method.",
    },
)
describe_enum(
    OperationState,
    "The state of an operation.",
    {
        "PENDING": "The operation is recorded. Stripe has not been called yet.",
        "CALLING": "Stripe is being called.",
        "UNKNOWN": "Stripe was called, and the result is not known yet. The site finds it out "
        "automatically.",
        "SUCCEEDED": "The operation succeeded.",
        "FAILED": "The operation failed and changed nothing. See `error`.",
        "NEEDS_REVIEW": "The result could not be determined. Staff must review the operation.",
    },
)


@strawberry.type(
    description="A request that changes something at Stripe. You find it by your idempotency key."
)
class Operation:
    kind: OperationKind = strawberry.field(description="The type of the operation.")
    state: OperationState = strawberry.field(description="The state of the operation.")
    payment_intent: PaymentIntent | None = strawberry.field(
        description="The payment that was created or changed. Null until Stripe has accepted it."
    )
    refund: Refund | None = strawberry.field(
        description="The refund that was created or canceled. Null until Stripe has accepted it."
    )
    setup_intent: SetupIntent | None = strawberry.field(
        description="The setup intent that was created. Null until Stripe has accepted it."
    )
    dispute: Dispute | None = strawberry.field(
        description="The dispute that was answered or accepted."
    )
    error: PaymentError | None = strawberry.field(
        description="Why the operation failed. Null if it did not fail."
    )
    created_at: datetime = strawberry.field(description="When the operation was requested.")
    settled_at: datetime | None = strawberry.field(
        description="When the operation succeeded or failed. Null while the result is not known."
    )


@strawberry.type
class OperationQueries:
    @strawberry.field(
        description="Returns the result of an earlier request, for example after its response was "
        "lost. Null if you sent no such request."
    )
    def operation(
        self,
        info: Info,
        idempotency_key: Annotated[
            str, strawberry.argument(description="The idempotency key of the request.")
        ],
    ) -> Operation | None:
        user = get_user(info)
        if not is_storable(idempotency_key):
            return None
        row = get_or_none(
            OperationRow.objects.ours().filter(actor=actor_of(user), key=idempotency_key)
        )
        if row is None:
            return None
        return Operation(
            kind=OperationKind(row.kind),
            state=OperationState(row.state),
            payment_intent=_find(info, PaymentIntent, row.payment_intent_id),
            refund=_find(info, Refund, row.refund_id),
            setup_intent=_find(info, SetupIntent, row.setup_intent_id),
            dispute=_find(info, Dispute, row.dispute_id),
            error=as_payload_error(errors.PaymentError.from_json(row.error)) if row.error else None,
            created_at=row.created_at,
            settled_at=row.settled_at,
        )


def _find(info: Info, shown: type, pk: UUID | None) -> Any:
    """Finds the object as its own query does, since the caller of the operation need not be its
    owner. Reads it only if it is selected."""
    declared = get_object_type(shown)
    if pk is None or not selects(info, declared.field_name):
        return None
    rows = list_visible(info, shown, Scope.OWN, below=declared.field_name)
    return get_or_none(rows.filter(pk=pk))
