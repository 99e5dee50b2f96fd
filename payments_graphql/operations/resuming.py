"""Settle what a crash, a time-out or a 5xx left open."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from .. import mirror
from ..conf import conf
from ..errors import ErrorCode, InvalidStateError
from ..logs import get_logger
from ..models import Operation, OperationKind, OperationState
from ..stripe_client import StripeCallError
from .kinds import KINDS
from .running import (
    Outcome,
    lease_end,
    leave_unknown,
    load,
    outcome_of,
    run,
    settle_failure,
    settle_success,
)

logger = get_logger(__name__)

# Stripe forgets an idempotency key after 24 hours: sent later, it would be a new request.
KEY_LIFETIME = timedelta(hours=23)
SEARCH_TIME = timedelta(hours=24)


def is_abandoned(operation: Operation) -> bool:
    """Nobody is at work on it: it waits for another try, or its process died."""
    if operation.state not in OperationState.resumable():
        return False
    now = timezone.now()
    if operation.state == OperationState.CALLING:
        return operation.lease_expires_at is None or operation.lease_expires_at <= now
    return True


def resume(operation: Operation, *, patience: float = 10) -> Outcome:
    """Claim it and find out: by sending with the same key where that is right, or by reading."""
    may_have_arrived = operation.state != OperationState.PENDING
    claimed = _claim(operation)
    if claimed is None:
        return outcome_of(load(operation.pk))
    operation = claimed
    kind = KINDS[operation.kind]
    age = timezone.now() - operation.created_at
    if kind.may_be_resent and not operation.server_error and age < KEY_LIFETIME:
        return run(operation, patience=patience, may_have_arrived=may_have_arrived)
    return _find_out(operation, may_have_arrived=may_have_arrived)


def resume_due(*, limit: int = 100) -> int:
    """Every operation whose time has come; how many were looked at."""
    now = timezone.now()
    due = Operation.objects.filter(
        state__in=OperationState.resumable(), next_attempt_at__lte=now
    ).order_by("next_attempt_at")[:limit]
    operations = list(due)
    for operation in operations:
        try:
            resume(operation)
        except Exception:
            # One that cannot be settled must not keep the others from it.
            logger.exception("operation_resume_failed", operation_id=str(operation.pk))
    return len(operations)


def _claim(operation: Operation) -> Operation | None:
    now = timezone.now()
    free = Q(state__in=(OperationState.PENDING, OperationState.UNKNOWN)) | Q(
        state=OperationState.CALLING, lease_expires_at__lte=now
    )
    end = lease_end()
    claimed = Operation.objects.filter(free, pk=operation.pk, fence=operation.fence).update(
        state=OperationState.CALLING,
        fence=F("fence") + 1,
        lease_expires_at=end,
        next_attempt_at=end,
    )
    return load(operation.pk) if claimed else None


def _find_out(operation: Operation, *, may_have_arrived: bool) -> Outcome:
    """Finding it settles it; finding nothing proves nothing: a 5xx may be rolled forward later."""
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    operation.attempts += 1
    mirror.release_connection()
    age = timezone.now() - operation.created_at
    try:
        answer = kind.find(operation)
    except StripeCallError as error:
        # It is the reading that failed, also where Stripe refused it: that settles nothing.
        return _park(operation) if age > SEARCH_TIME else leave_unknown(operation, error)
    if answer is not None:
        return settle_success(operation, answer, version)
    # A confirm that was sent may be under way at Stripe still.
    is_over = not may_have_arrived or age >= timedelta(seconds=conf.PAYMENTS_OPERATION_LEASE)
    if operation.kind == OperationKind.CONFIRM_PAYMENT_INTENT and is_over:
        # Whatever becomes of it at Stripe, a payment is paid once, and the mirror will see it.
        abandoned = InvalidStateError(
            "The payment was not confirmed: the connection to Stripe was lost. Try again.",
            code=ErrorCode.ABANDONED,
            retryable=True,
        )
        return settle_failure(operation, abandoned)
    if age > SEARCH_TIME:
        return _park(operation)
    return leave_unknown(operation, StripeCallError("nothing was found at Stripe"))


def _park(operation: Operation) -> Outcome:
    """Its reservation stays, and a person decides."""
    Operation.objects.filter(
        pk=operation.pk, fence=operation.fence, state=OperationState.CALLING
    ).update(
        state=OperationState.NEEDS_REVIEW,
        attempts=operation.attempts,
        lease_expires_at=None,
        next_attempt_at=None,
    )
    logger.error("operation_needs_review", operation_id=str(operation.pk), kind=operation.kind)
    return outcome_of(load(operation.pk))
