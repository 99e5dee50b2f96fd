"""Settle what a crash, a time-out or a 5xx left open.

Note [Leases]
Whoever runs an operation holds it until its lease ends, by the clock of the database: the one that
all machines share, so that a machine whose own clock is wrong neither takes an operation from
somebody who is at work on it nor keeps one for ever. (On SQLite it is this machine's.) Each claim
raises the fence, and only the holder of the latest may settle.
"""

from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from .. import mirror, stripe_client
from ..conf import conf
from ..errors import ErrorCode, InvalidStateError, OperationInProgressError
from ..logs import get_logger
from ..models import Operation, OperationState
from ..stripe_client import StripeCallError
from .finding import Missing, Sight
from .kinds import KINDS
from .refusals import explain
from .running import (
    Outcome,
    get_age,
    lease_end,
    leave_unknown,
    load,
    outcome_of,
    run,
    settle_failure,
    settle_success,
)
from .transactions import refuse_others

logger = get_logger(__name__)

# Stripe forgets an idempotency key after 24 hours: sent later, it would be a new request.
KEY_LIFETIME = timedelta(hours=23)
SEARCH_TIME = timedelta(hours=24)

_FREE = Q(state__in=(OperationState.PENDING, OperationState.UNKNOWN)) | Q(
    state=OperationState.CALLING, lease_expires_at__lte=Now()
)


def is_abandoned(operation: Operation) -> bool:
    """Nobody is at work on it: it waits for another try, or its process died."""
    return Operation.objects.filter(_FREE, pk=operation.pk).exists()


def resume(operation: Operation, *, patience: float = 10) -> Outcome:
    """Claim it and find out: by sending with the same key where that is right, or by reading."""
    refuse_others(operation)
    may_have_arrived = operation.state != OperationState.PENDING
    claimed = _claim(operation)
    if claimed is None:
        return outcome_of(load(operation.pk))
    kind = KINDS[claimed.kind]
    if kind.may_be_resent and not claimed.server_error and get_age(claimed) < KEY_LIFETIME:
        return run(claimed, patience=patience, may_have_arrived=may_have_arrived)
    return _find_out(claimed, may_have_arrived=may_have_arrived)


def resume_due(*, limit: int = 100) -> int:
    """Every operation whose time has come; how many were looked at. None while Stripe is down."""
    due = (
        Operation.objects.ours()
        .filter(state__in=OperationState.resumable(), next_attempt_at__lte=Now())
        .order_by("next_attempt_at")[:limit]
    )
    looked_at = 0
    for operation in list(due):
        if stripe_client.is_down():
            break
        looked_at += 1
        try:
            resume(operation)
        except Exception as error:
            # One that cannot be settled must not keep the others from it.
            logger.exception("operation_resume_failed", operation_id=str(operation.pk))
            _park_if_hopeless(load(operation.pk), error)
    return looked_at


def _park_if_hopeless(operation: Operation, error: Exception) -> None:
    """One whose answer could not be applied in a day needs a person, and is not tried for ever."""
    if isinstance(error, OperationalError | InterfaceError):  # the database's fault
        return
    if operation.state == OperationState.CALLING and get_age(operation) > SEARCH_TIME:
        _park(operation, f"What Stripe said could not be applied: {type(error).__name__}.")


def resolve(operation: Operation, *, by: str) -> Outcome:
    """Decide an operation that is `needs_review`, for the person `by` who takes it on.

    Looks at Stripe once more. What was done is settled as done; what is not there has failed, and
    what it reserved is given back. Raises `PaymentError` when Stripe cannot be read now, which
    decides nothing.
    """
    refuse_others(operation)
    claimed = _claim(operation, Q(state=OperationState.NEEDS_REVIEW))
    if claimed is None:
        raise OperationInProgressError(_("The operation is not waiting for a person any more."))
    logger.info("operation_resolving", operation_id=str(claimed.pk), by=by)
    version = KINDS[claimed.kind].get_version(claimed)
    try:
        found = _look(claimed)
    except StripeCallError as error:
        _park(claimed, claimed.finding)
        raise explain(error) from error
    if isinstance(found, Missing):
        not_done = InvalidStateError(
            _("It was not done. %(finding)s To do it, ask with a new idempotency key.")
            % {"finding": found.shows},
            code=ErrorCode.ABANDONED,
        )
        return settle_failure(claimed, not_done)
    return settle_success(claimed, found, version)


def _claim(operation: Operation, free: Q = _FREE) -> Operation | None:
    claimed = Operation.objects.filter(free, pk=operation.pk, fence=operation.fence).update(
        state=OperationState.CALLING,
        fence=F("fence") + 1,
        lease_expires_at=lease_end(),
        next_attempt_at=lease_end(),
    )
    return load(operation.pk) if claimed else None


def _look(operation: Operation) -> Sight:
    operation.attempts += 1
    mirror.release_connection()
    try:
        return KINDS[operation.kind].find(operation)
    except StripeCallError as error:
        if error.code == "resource_missing":
            return Missing(f"Stripe does not know what it was about: {error.message}")
        raise


def _find_out(operation: Operation, *, may_have_arrived: bool) -> Outcome:
    """Finding it settles it; finding nothing proves nothing: a 5xx may be rolled forward later."""
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    age = get_age(operation)
    try:
        found = _look(operation)
    except StripeCallError as error:
        # It is the reading that failed, also where Stripe refused it: that settles nothing.
        if age > SEARCH_TIME:
            return _park(operation, f"Stripe could not be read: {error.message}")
        return leave_unknown(operation, error)
    if not isinstance(found, Missing):
        return settle_success(operation, found, version)
    # What was sent may be under way at Stripe still.
    is_over = not may_have_arrived or age >= timedelta(seconds=conf.PAYMENTS_OPERATION_LEASE)
    # What was never sent was not done, whatever kind it is.
    if is_over and (kind.may_be_given_up or not may_have_arrived):
        return _give_up(operation, found.shows)
    if age > SEARCH_TIME:
        return _park(operation, found.shows)
    return leave_unknown(operation, StripeCallError("nothing was found at Stripe"))


def _give_up(operation: Operation, shows: str) -> Outcome:
    """Whatever may come of it yet, nothing is paid twice: the mirror will see it."""
    logger.warning("operation_given_up", operation_id=str(operation.pk), shows=shows)
    error = InvalidStateError(
        _("It was not done: the connection to Stripe was lost. Try again."),
        code=ErrorCode.ABANDONED,
        retryable=True,
    )
    return settle_failure(operation, error, frees_key=True)


def _park(operation: Operation, finding: str) -> Outcome:
    """Its reservation stays, and a person decides: see `resolve`."""
    Operation.objects.filter(
        pk=operation.pk, fence=operation.fence, state=OperationState.CALLING
    ).update(
        state=OperationState.NEEDS_REVIEW,
        attempts=operation.attempts,
        finding=finding[:1000],
        lease_expires_at=None,
        next_attempt_at=None,
    )
    logger.error(
        "operation_needs_review",
        operation_id=str(operation.pk),
        kind=operation.kind,
        finding=finding,
    )
    return outcome_of(load(operation.pk))
