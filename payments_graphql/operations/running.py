"""Call Stripe for an operation that this process has claimed, and settle it."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from .. import deadlines, mirror
from ..conf import conf
from ..errors import CustomerGoneError, PaymentError, UnaskedRefusedError
from ..logs import get_logger
from ..mirror import ReadRequired, Source
from ..models import CauseKind, MirroredModel, Operation, OperationState, StatusChange
from ..stripe_client import (
    Answer,
    StripeBusyError,
    StripeCallError,
    StripeCredentialsError,
    StripeDownError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)
from .finding import get_customer_id
from .kinds import KINDS
from .refusals import explain

logger = get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a run ended; `error` is set unless it succeeded. `mirrored` is the row that Stripe's
    answer was applied to just now."""

    operation: Operation
    answer: Mapping[str, Any] | None = field(default=None, repr=False)
    mirrored: MirroredModel | None = None
    error: PaymentError | None = None


class _ClaimLostError(Exception):
    """The lease ran out and somebody else has claimed the operation since."""


def run(operation: Operation, *, patience: float, may_have_arrived: bool = False) -> Outcome:
    """Send it, again with the same key for up to `patience` seconds, and settle the outcome.

    `may_have_arrived`: an earlier run may have carried it out already. See Note [Deadlines].
    """
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    patience = min(patience, deadlines.remaining())
    deadline = time.monotonic() + patience
    allowed = deadlines.remaining()  # the first attempt has its full time
    while True:
        operation.attempts += 1
        mirror.release_connection()
        try:
            with (
                deadlines.within(allowed),
                structlog.contextvars.bound_contextvars(
                    operation_id=str(operation.pk), attempt=operation.attempts
                ),
            ):
                answer = kind.call(operation)
                if answer.replayed:
                    # The saved answer is as old as the first attempt: ask how it is now.
                    answer = kind.read(answer.object["id"])
            return settle_success(operation, answer, version)
        except StripeRefusedError as error:
            if error.type == "idempotency_error":
                # The key stands for another request: nothing is known of this one.
                return leave_unknown(operation, error, server_error=True)
            explained = explain(error, operation)
            not_the_callers = isinstance(explained, CustomerGoneError | UnaskedRefusedError)
            return settle_failure(operation, explained, error, version, frees_key=not_the_callers)
        except StripeServerError as error:
            return leave_unknown(operation, error, server_error=True)
        except StripeCredentialsError as error:
            logger.critical("stripe_refuses_our_keys", status=error.status, code=error.code)
            return _leave_unsent(operation, error, may_have_arrived)
        except StripeDownError as error:
            return _leave_unsent(operation, error, may_have_arrived)
        except (StripeBusyError, StripeNoAnswerError) as error:
            # A 5xx that asks to be sent again may have had its effect all the same.
            may_have_arrived |= isinstance(error, StripeNoAnswerError) or (error.status or 0) >= 500
            pause = error.retry_after or min(0.5 * 2 ** (operation.attempts - 1), 8)
            pause *= random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, hides nothing)
            if error.may_be_sent_again and time.monotonic() + pause < deadline:
                time.sleep(pause)
                allowed = deadline - time.monotonic()
                continue
            return _leave_unsent(operation, error, may_have_arrived)


def settle_success(operation: Operation, answer: Answer, version: int | None) -> Outcome:
    """T2: apply what Stripe answered and mark the operation, or neither."""
    kind = KINDS[operation.kind]
    source = Source(CauseKind.OPERATION, str(operation.pk), answer.as_of, version=version)
    stale: ReadRequired | None = None
    mirrored: MirroredModel | None = None
    try:
        with transaction.atomic():
            try:
                mirrored = kind.apply(answer.object, source)
            except ReadRequired as required:
                stale = required
            _mark(operation, OperationState.SUCCEEDED, stripe_request_id=answer.request_id)
    except _ClaimLostError:
        return _lost(operation)
    if stale is not None:
        _read(stale)
    if mirror.send_signals(source.recorded):
        mirrored = None
    return Outcome(operation, answer.object, mirrored)


def settle_failure(
    operation: Operation,
    error: PaymentError,
    cause: StripeCallError | None = None,
    version: int | None = None,
    *,
    frees_key: bool = False,
) -> Outcome:
    """T2: keep the error, give back what was reserved, and mirror what a decline changed.

    `frees_key`: the caller's request was not at fault, so that the same key may ask again.
    """
    kind = KINDS[operation.kind]
    stale: ReadRequired | None = None
    recorded: list[StatusChange] = []
    try:
        with transaction.atomic():
            if cause is not None and cause.object is not None:
                source = Source(CauseKind.OPERATION, str(operation.pk), cause.as_of, version)
                recorded = source.recorded
                try:
                    mirror.apply_payment_intent(cause.object, source)
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


def _read(stale: ReadRequired) -> None:
    """The operation is settled whether or not Stripe can be asked again just now."""
    try:
        mirror.fetch_and_apply(stale.kind, stale.stripe_id)
    except (StripeCallError, ReadRequired) as error:
        logger.warning("mirror_not_read", stripe_id=stale.stripe_id, outcome=type(error).__name__)


def leave_unknown(
    operation: Operation, error: StripeCallError, *, server_error: bool = False
) -> Outcome:
    """It may have been done: `resume` finds out. After a server error, by reading alone."""
    operation.server_error = operation.server_error or server_error
    return _leave(operation, OperationState.UNKNOWN, error)


def _leave_unsent(operation: Operation, error: StripeCallError, may_have_arrived: bool) -> Outcome:
    """It was not done, unless by an earlier attempt; and nobody's request was at fault."""
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


def _mark(operation: Operation, state: OperationState, **values: Any) -> None:
    """Only by the holder of the claim: an older one finds the fence raised."""
    changed: dict[str, Any] = {
        "state": state,
        "attempts": operation.attempts,
        "lease_expires_at": None,
        "next_attempt_at": None,
        **values,
    }
    if state in (OperationState.SUCCEEDED, OperationState.FAILED):
        changed["settled_at"] = timezone.now()
    claimed = Operation.objects.filter(
        pk=operation.pk, fence=operation.fence, state=OperationState.CALLING
    )
    if not claimed.update(**changed):
        raise _ClaimLostError
    for name, value in changed.items():
        if not isinstance(value, CombinedExpression):  # of the database's clock
            setattr(operation, name, value)
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


def load(pk: UUID) -> Operation:
    """With everything that a call needs, so that no query is made while Stripe is asked; and with
    its age by the database's clock, as `get_age` reads it."""
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
    """Of an operation that `load` gave."""
    age: timedelta = operation.age  # type: ignore[attr-defined]
    return age


def outcome_of(operation: Operation) -> Outcome:
    """What is known of an operation that somebody else runs or ran."""
    if operation.state == OperationState.SUCCEEDED:
        return Outcome(operation)
    if operation.state == OperationState.FAILED:
        return Outcome(operation, error=PaymentError.from_json(operation.error or {}))
    return Outcome(operation, error=explain(StripeNoAnswerError("not settled yet"), operation))


def lease_end() -> CombinedExpression:
    """By the database's clock, the one that all machines share. See Note [Leases]."""
    return Now() + timedelta(seconds=conf.PAYMENTS_OPERATION_LEASE)
