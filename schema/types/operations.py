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
from ..engine.prefetching import plan, selects
from ..engine.visibility import Scope, list_visible
from .disputes import Dispute
from .payment_intents import PaymentIntent
from .refunds import Refund
from .setup_intents import SetupIntent

describe_enum(
    OperationKind,
    "What an operation does at Stripe.",
    {
        "CREATE_CUSTOMER": "Makes the customer, with the first payment.",
        "CREATE_PAYMENT_INTENT": "Makes a payment.",
        "CONFIRM_PAYMENT_INTENT": "Charges the card.",
        "CAPTURE_PAYMENT_INTENT": "Takes an authorized amount.",
        "CANCEL_PAYMENT_INTENT": "Gives a payment up.",
        "UPDATE_PAYMENT_INTENT": "Changes a payment that was not made yet.",
        "CREATE_REFUND": "Gives money back.",
        "CANCEL_REFUND": "Cancels a refund that is in progress.",
        "CREATE_SETUP_INTENT": "Begins to save a card without a payment.",
        "CANCEL_SETUP_INTENT": "Gives up a setup intent.",
        "SUBMIT_DISPUTE_EVIDENCE": "Answers a dispute with evidence.",
        "ACCEPT_DISPUTE": "Accepts a dispute: the money stays with the customer.",
        "SET_DEFAULT_PAYMENT_METHOD": "Makes a saved method the default.",
        "DELETE_CUSTOMER": "Deletes a customer, as a person is erased.",
        "DETACH_PAYMENT_METHOD": "Forgets a saved method.",
    },
)
describe_enum(
    OperationState,
    "How far an operation has come.",
    {
        "PENDING": "Recorded; Stripe will be called.",
        "CALLING": "Stripe is being called.",
        "UNKNOWN": "Stripe was called and has not answered yet. It is settled by itself.",
        "SUCCEEDED": "Done.",
        "FAILED": "Refused; nothing was done. See its error.",
        "NEEDS_REVIEW": "Its outcome could not be found out. A person looks at it.",
    },
)


@strawberry.type(description="One request that changes something at Stripe, by your key.")
class Operation:
    kind: OperationKind = strawberry.field(description="What it does.")
    state: OperationState = strawberry.field(description="How far it has come.")
    payment_intent: PaymentIntent | None = strawberry.field(
        description="The payment that it made or changed, once Stripe has it."
    )
    refund: Refund | None = strawberry.field(
        description="The refund that it made or took back, once Stripe has it."
    )
    setup_intent: SetupIntent | None = strawberry.field(
        description="The setup intent that it made, once Stripe has it."
    )
    dispute: Dispute | None = strawberry.field(
        description="The dispute that it answered or accepted."
    )
    error: PaymentError | None = strawberry.field(description="Why it failed.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    settled_at: datetime | None = strawberry.field(
        description="When it succeeded or failed; null while that is open."
    )


@strawberry.type
class OperationQueries:
    @strawberry.field(
        description="The result of an earlier request of yours, for when its response was lost. "
        "Null if there is none."
    )
    def operation(
        self,
        info: Info,
        idempotency_key: Annotated[
            str, strawberry.argument(description="The key that you gave it.")
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
    """As its own query finds it, although the operation is the caller's: what it was about need not
    be. Read only when it is asked for."""
    declared = get_object_type(shown)
    if pk is None or not selects(info, declared.field_name):
        return None
    planned = plan(info, declared, below=declared.field_name)
    return get_or_none(list_visible(info, shown, Scope.OWN, planned=planned).filter(pk=pk))
