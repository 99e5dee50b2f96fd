"""Runs one operation at a time per object: the same request joins it, others wait for its end."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..errors import ErrorCode, InvalidStateError, OperationInProgressError
from ..models import Operation, OperationKind, OperationState, StripePaymentIntent
from .kinds import KINDS
from .performing import Performed, hash_input, join, perform
from .resuming import give_way, is_abandoned, resume


class _UnsettledFound(Exception):
    """The object has an operation in progress. Aborts the transaction before any write."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation


def perform_move(
    *,
    kind: OperationKind,
    actor: str,
    payment_intent: StripePaymentIntent,
    parameters: Mapping[str, Any],
    check: Callable[[StripePaymentIntent], None],
    lock_first: Callable[[], object] = lambda: None,
    key: str | None = None,
) -> Performed:
    """Confirms, captures, cancels or updates a payment, one at a time. An equal request joins.

    `check` gets the payment under its lock, and raises an error if its state is wrong.
    `lock_first` takes the locks that come before the payment's. The order is: booking, payment,
    operation. With a `key`, every later call with it gets the same answer.
    """

    def prepare(operation: Operation) -> None:
        lock_first()
        intent = (
            StripePaymentIntent.objects.select_for_update(of=("self",))
            .select_related("customer", "booking")
            .get(pk=payment_intent.pk)
        )
        refuse_second(
            Operation.objects.filter(
                payment_intent=intent, state__in=OperationState.unsettled()
            ).exclude(kind=OperationKind.CREATE_REFUND)
        )
        check(intent)
        operation.payment_intent = intent
        operation.customer = intent.customer
        operation.parameters = dict(parameters)

    return perform_alone(
        kind=kind,
        actor=actor,
        input={"payment_intent": str(payment_intent.pk), **parameters},
        prepare=prepare,
        key=key,
    )


def perform_alone(
    *,
    kind: OperationKind,
    actor: str,
    input: Mapping[str, Any],
    prepare: Callable[[Operation], None],
    key: str | None = None,
) -> Performed:
    """Runs one operation at a time for an object. `prepare` locks the object and passes its open
    operations to `refuse_second`. An equal request joins the operation in progress; another request
    waits for its end."""
    for _attempt in range(3):
        try:
            return perform(kind=kind, actor=actor, key=key, input=input, prepare=prepare)
        except _UnsettledFound as found:
            unsettled = found.operation
            if unsettled.input_hash == hash_input(kind, input):
                try:
                    return join(unsettled)
                except InvalidStateError as error:
                    if error.code != ErrorCode.ABANDONED:
                        raise
                    # It was given up, but this caller is present: run it again.
            elif not is_abandoned(unsettled):
                break
            elif KINDS[unsettled.kind].yields_to == kind:
                give_way(unsettled)
            else:
                resume(unsettled)
    raise OperationInProgressError(
        _("Another operation is in progress (%(kind)s). Try again in a moment.")
        % {"kind": unsettled.kind}
    )


def refuse_second(operations: QuerySet[Operation]) -> None:
    """Call it in `prepare` of `perform_alone`, before anything is written."""
    unsettled = operations.first()
    if unsettled is not None:
        raise _UnsettledFound(unsettled)
