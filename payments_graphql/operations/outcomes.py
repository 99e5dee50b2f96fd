"""The known state of an operation, and how a run of it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from ..conf import conf
from ..errors import PaymentError
from ..models import MirroredModel, Operation, OperationState
from ..stripe_client import StripeNoAnswerError
from .refusals import explain


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `error` is set unless it succeeded. `mirrored` is the row that this run
    applied Stripe's answer to."""

    operation: Operation
    answer: Mapping[str, Any] | None = field(default=None, repr=False)
    mirrored: MirroredModel | None = None
    error: PaymentError | None = None


def load(pk: UUID) -> Operation:
    """Loads everything that a call needs, so that no query runs during the call, and the
    operation's age by the database's clock for `get_age`."""
    return (
        Operation.objects.select_related(
            "customer",
            "payment_intent__customer",
            "refund",
            "payment_method__customer",
            "setup_intent",
            "dispute",
        )
        .annotate(age=ExpressionWrapper(Now() - F("created_at"), output_field=DurationField()))
        .get(pk=pk)
    )


def get_age(operation: Operation) -> timedelta:
    """The age of an operation from `load`."""
    age: timedelta = operation.age  # type: ignore[attr-defined]  # annotated by the query
    return age


def outcome_of(operation: Operation) -> Outcome:
    """The known outcome of an operation that another process runs or ran."""
    if operation.state == OperationState.SUCCEEDED:
        return Outcome(operation)
    if operation.state == OperationState.FAILED:
        return Outcome(operation, error=PaymentError.from_json(operation.error or {}))
    return Outcome(operation, error=explain(StripeNoAnswerError("not settled yet"), operation))


def lease_end() -> CombinedExpression:
    """By the database's clock, which all machines share. See Note [Leases]."""
    return Now() + timedelta(seconds=conf.PAYMENTS_OPERATION_LEASE)
