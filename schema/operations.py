from datetime import datetime
from typing import Annotated

import strawberry

from payments_graphql import errors
from payments_graphql.models import (
    Operation as OperationRow,
)
from payments_graphql.models import (
    OperationKind,
    OperationState,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.operations import actor_of

from .context import Info, get_user
from .disputes import Dispute
from .errors import PaymentError, as_payload_error
from .payloads import is_storable
from .payment_intents import PaymentIntent
from .refunds import Refund
from .setup_intents import SetupIntent


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
        description="What became of a request of yours, for when its answer was lost; or null."
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
        row = OperationRow.objects.filter(actor=actor_of(user), key=idempotency_key).first()
        if row is None:
            return None
        # Through `for_user`, although the operation is the caller's: what it was about need not be.
        intents = StripePaymentIntent.objects.for_user(user).filter(operations=row)
        refunds = StripeRefund.objects.for_user(user).filter(operations=row)
        setups = StripeSetupIntent.objects.for_user(user).filter(operations=row)
        disputes = StripeDispute.objects.for_user(user).filter(operations=row)
        return Operation(
            kind=OperationKind(row.kind),
            state=OperationState(row.state),
            payment_intent=intents.first(),  # type: ignore[arg-type]
            refund=refunds.first(),  # type: ignore[arg-type]
            setup_intent=setups.first(),  # type: ignore[arg-type]
            dispute=disputes.first(),  # type: ignore[arg-type]
            error=as_payload_error(errors.PaymentError.from_json(row.error)) if row.error else None,
            created_at=row.created_at,
            settled_at=row.settled_at,
        )
