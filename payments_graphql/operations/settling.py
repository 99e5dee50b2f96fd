"""Ends a run: applies Stripe's answer and marks the operation, or does neither."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from .. import metrics, mirror
from ..errors import CustomerGoneError, PaymentError
from ..logs import get_logger
from ..mirror import Held, NotOurs, ReadRequired, Source, WrongAnswer
from ..models import CauseKind, MirroredModel, Operation, OperationState, StatusChange
from ..stripe_client import Answer, StripeCallError, StripeRefusedError
from .finding import get_customer_id
from .kinds import KINDS, Kind
from .outcomes import Outcome, load, outcome_of
from .refusals import explain

logger = get_logger(__name__)


class _ClaimLostError(Exception):
    """The lease ended and another process has claimed the operation."""


def settle_success(operation: Operation, answer: Answer, version: int | None) -> Outcome:
    """T2: applies Stripe's answer to the operation's row and marks the operation, or does neither.

    An answer that cannot belong to the row is left to a person. See Note [The operation's row].
    """
    kind = KINDS[operation.kind]
    source = _source(operation, kind.get_row(operation), answer, version)
    stale: ReadRequired | None = None
    mirrored: MirroredModel | None = None
    try:
        with transaction.atomic():
            try:
                mirrored = _apply(operation, answer.object, source)
            except ReadRequired as required:
                stale = required
            _mark(
                operation,
                OperationState.SUCCEEDED,
                stripe_request_id=answer.request_id,
                **_describe(kind, source.held),
            )
    except _ClaimLostError:
        return _lost(operation)
    except (NotOurs, WrongAnswer) as wrong:
        return park(operation, f"The answer {answer.request_id} was not applied: {wrong}")
    if stale is not None:
        _read(stale)
    if mirror.send_signals(source.recorded):
        mirrored = None
    return Outcome(operation, answer.object, mirrored)


def _source(
    operation: Operation,
    row: MirroredModel | None,
    said: Answer | StripeCallError,
    version: int | None,
) -> Source:
    return Source(
        CauseKind.OPERATION,
        str(operation.pk),
        said.as_of,
        version=version,
        as_of_earliest=said.as_of_earliest,
        held=None if row is None else Held(row.pk),
    )


def _apply(operation: Operation, payload: Mapping[str, Any], source: Source) -> MirroredModel:
    kind = KINDS[operation.kind]
    row = kind.get_row(operation)
    stripe_id = getattr(row, mirror.MIRRORED[kind.holds].id_field, None)
    if stripe_id not in (None, payload["id"]):
        raise WrongAnswer(
            f"The answer is about {payload['id']}, but the operation is about {stripe_id}."
        )
    return kind.apply(payload, source)


def _describe(kind: Kind, held: Held | None) -> dict[str, Any]:
    """The operation's fields that change with the answer."""
    if held is None:
        return {}
    changed: dict[str, Any] = {}
    if held.replaced_by is not None:
        changed[kind.holds] = held.replaced_by
    if held.contradictions:
        changed["finding"] = " ".join(held.contradictions)[:1000]
    return changed


def settle_failure(
    operation: Operation,
    error: PaymentError,
    cause: StripeCallError | None = None,
    version: int | None = None,
    *,
    seen: Answer | None = None,
    frees_key: bool = False,
) -> Outcome:
    """T2: stores the error, releases the reservation, and mirrors what a decline changed.

    `seen` is the operation's object, if it was read. `frees_key`: the error was not the caller's
    fault, so the same key may be used again.
    """
    kind = KINDS[operation.kind]
    stale: ReadRequired | None = None
    recorded: list[StatusChange] = []
    try:
        with transaction.atomic():
            try:
                if seen is not None:
                    recorded = _apply_seen(operation, seen, version)
                elif cause is not None and cause.object is not None:
                    recorded = _apply_decline(operation, cause, cause.object)
            except ReadRequired as required:
                stale = required
            _mark(
                operation,
                OperationState.FAILED,
                error=error.as_json(),
                stripe_request_id=cause.request_id if cause else "",
                **({"key": str(operation.pk)} if frees_key else {}),
            )
            kind.release(operation)
    except _ClaimLostError:
        return _lost(operation)
    if isinstance(error, CustomerGoneError):
        stale = ReadRequired("customer", get_customer_id(operation))
    elif kind.mistaken is not None and isinstance(cause, StripeRefusedError):
        stale = kind.mistaken(operation)
    if stale is not None:
        _read(stale)
    mirror.send_signals(recorded)
    return Outcome(operation, error=error)


def _apply_seen(operation: Operation, seen: Answer, version: int | None) -> list[StatusChange]:
    row = KINDS[operation.kind].get_row(operation)
    source = _source(operation, row, seen, version)
    return _apply_beside(partial(_apply, operation), seen.object, source)


def _apply_decline(
    operation: Operation, cause: StripeCallError, declined: Mapping[str, Any]
) -> list[StatusChange]:
    """Applies the payment inside Stripe's error, as the decline left it."""
    if cause.replayed:
        # The saved answer is as old as the first attempt: read the current state.
        raise ReadRequired("payment_intent", str(declined["id"]))
    intent = operation.payment_intent
    version = intent.version if intent is not None else None
    source = _source(operation, intent, cause, version)
    return _apply_beside(mirror.apply_payment_intent, declined, source)


def _apply_beside(
    apply: Callable[[Mapping[str, Any], Source], MirroredModel],
    payload: Mapping[str, Any],
    source: Source,
) -> list[StatusChange]:
    """Applies an object that came with a failure. A problem with it does not stop settling."""
    try:
        apply(payload, source)
    except (NotOurs, WrongAnswer) as wrong:
        logger.exception("stripe_answered_otherwise", operation_id=source.id, finding=str(wrong))
    return source.recorded


def _read(stale: ReadRequired) -> None:
    """Reads the object if possible. The operation is settled either way."""
    try:
        mirror.fetch_and_apply(stale.kind, stale.stripe_id)
    except (StripeCallError, ReadRequired, NotOurs) as error:
        logger.warning("mirror_not_read", stripe_id=stale.stripe_id, outcome=type(error).__name__)


def leave_unknown(
    operation: Operation, error: StripeCallError, *, server_error: bool = False
) -> Outcome:
    """It may have been carried out: `resume` finds out. After a server error, only by reading."""
    operation.server_error = operation.server_error or server_error
    return _leave(operation, OperationState.UNKNOWN, error)


def leave_unsent(operation: Operation, error: StripeCallError, may_have_arrived: bool) -> Outcome:
    """It was not carried out, unless by an earlier attempt. The request was not at fault."""
    if may_have_arrived:
        return leave_unknown(operation, error)
    return _leave(operation, OperationState.PENDING, error)


def _leave(operation: Operation, state: OperationState, error: StripeCallError) -> Outcome:
    waits = timedelta(seconds=min(2 ** min(operation.attempts, 10), 900))
    try:
        with transaction.atomic():
            _mark(
                operation,
                state,
                server_error=operation.server_error,
                stripe_request_id=error.request_id,
                next_attempt_at=Now() + waits,
            )
    except _ClaimLostError:
        return _lost(operation)
    return Outcome(operation, error=explain(error, operation))


def park(operation: Operation, finding: str) -> Outcome:
    """Leaves it to a person, who calls `resolve`. Its reservation stays."""
    parked = _of_holder(operation).update(
        state=OperationState.NEEDS_REVIEW,
        attempts=operation.attempts,
        finding=finding[:1000],
        lease_expires_at=None,
        next_attempt_at=None,
    )
    if parked:
        metrics.count_operation(operation.kind, OperationState.NEEDS_REVIEW.value)
    logger.error(
        "operation_needs_review",
        operation_id=str(operation.pk),
        kind=operation.kind,
        finding=finding,
    )
    return outcome_of(load(operation.pk))


def _of_holder(operation: Operation) -> QuerySet[Operation]:
    """Matches only for the holder of the latest claim, since each claim raises the fence."""
    return Operation.objects.filter(
        pk=operation.pk, fence=operation.fence, state=OperationState.CALLING
    )


def _mark(operation: Operation, state: OperationState, **values: Any) -> None:
    changed: dict[str, Any] = {
        "state": state,
        "attempts": operation.attempts,
        "lease_expires_at": None,
        "next_attempt_at": None,
        **values,
    }
    if state in (OperationState.SUCCEEDED, OperationState.FAILED):
        changed["settled_at"] = timezone.now()
    if not _of_holder(operation).update(**changed):
        raise _ClaimLostError
    for name, value in changed.items():
        if not isinstance(value, CombinedExpression):  # computed by the database
            setattr(operation, name, value)
    if operation.is_settled:
        metrics.count_operation(operation.kind, state.value)
    logger.info(
        "operation_marked",
        state=str(state),
        operation_id=str(operation.pk),
        kind=operation.kind,
        actor=operation.actor,
        attempts=operation.attempts,
        error_code=(operation.error or {}).get("code", ""),
    )


def _lost(operation: Operation) -> Outcome:
    logger.warning("operation_claim_lost", operation_id=str(operation.pk), fence=operation.fence)
    return outcome_of(load(operation.pk))
