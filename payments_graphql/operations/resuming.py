"""Settle what a crash, a time-out or a 5xx left open.

Note [Leases]
Whoever runs an operation holds it until its lease ends, by the clock of the database: the one that
all machines share, so that a machine whose own clock is wrong neither takes an operation from
somebody who is at work on it nor keeps one for ever. (On SQLite it is this machine's.) Each claim
raises the fence, and only the holder of the latest may settle.
"""

from contextlib import suppress
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
from .outcomes import Outcome, get_age, lease_end, load, outcome_of
from .refusals import explain
from .running import run
from .settling import leave_unknown, leave_unsent, park, settle_failure, settle_success
from .transactions import refuse_others

logger = get_logger(__name__)

# Stripe forgets an idempotency key after 24 hours: sent later, it would be a new request.
KEY_LIFETIME = timedelta(hours=23)
SEARCH_TIME = timedelta(hours=24)

_FREE = (
    Q(state__in=(OperationState.PENDING, OperationState.UNKNOWN))
    | Q(state=OperationState.CALLING, lease_expires_at__lte=Now())
    # Its object must not wait for a person, where Stripe's state prevents a second effect.
    | Q(
        state=OperationState.NEEDS_REVIEW,
        kind__in=[name for name, kind in KINDS.items() if kind.may_be_given_up],
    )
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
    if kind.overwrites and _is_followed(claimed):
        return _supersede(claimed)
    try:
        may_be_sent = _may_be_sent(claimed)
    except StripeCallError as error:
        return leave_unsent(claimed, error, may_have_arrived)
    if not may_be_sent:
        return _find_out(claimed, may_have_arrived=may_have_arrived)
    outcome = run(claimed, patience=patience, may_have_arrived=may_have_arrived)
    if not kind.is_for_its_caller or not _is_lease_over(claimed):
        return outcome
    again = _claim(claimed, Q(state=OperationState.UNKNOWN))
    return outcome if again is None else _find_out(again, may_have_arrived=True)


def give_way(operation: Operation) -> Outcome:
    """To a newer request that makes it pointless: it is not sent, and where it may have been, a
    look decides. See Note [What may be repeated]."""
    may_have_arrived = operation.state != OperationState.PENDING
    claimed = _claim(operation)
    if claimed is None:
        return outcome_of(load(operation.pk))
    if may_have_arrived:
        # Not to be waited for: of two that cross, Stripe carries out the one that comes first.
        return _find_out(claimed, may_have_arrived=False)
    return _supersede(claimed)


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
        park(operation, f"Stripe's data could not be applied: {type(error).__name__}.")


def resolve(operation: Operation, *, by: str) -> Outcome:
    """Decide an operation that is `needs_review`, for the person `by` who takes it on.

    Looks at Stripe once more. What was done is settled as done; what is not there has failed, and
    what it reserved is given back. Raises `PaymentError` when Stripe cannot be read now, which
    decides nothing.
    """
    refuse_others(operation)
    claimed = _claim(operation, Q(state=OperationState.NEEDS_REVIEW))
    if claimed is None:
        raise OperationInProgressError(_("This operation no longer needs a review."))
    logger.info("operation_resolving", operation_id=str(claimed.pk), by=by)
    version = KINDS[claimed.kind].get_version(claimed)
    try:
        found = _look(claimed)
    except StripeCallError as error:
        park(claimed, claimed.finding)
        raise explain(error) from error
    if isinstance(found, Missing):
        not_done = InvalidStateError(
            _(
                "The request was not carried out. %(finding)s To try again, use a new idempotency "
                "key."
            )
            % {"finding": found.shows},
            code=ErrorCode.ABANDONED,
        )
        return settle_failure(claimed, not_done, version=version, seen=found.answer)
    return settle_success(claimed, found, version)


def _claim(operation: Operation, free: Q = _FREE) -> Operation | None:
    claimed = Operation.objects.filter(free, pk=operation.pk, fence=operation.fence).update(
        state=OperationState.CALLING,
        fence=F("fence") + 1,
        lease_expires_at=lease_end(),
        next_attempt_at=lease_end(),
    )
    return load(operation.pk) if claimed else None


def _may_be_sent(claimed: Operation) -> bool:
    """Raises `StripeCallError` when that cannot be found out now."""
    kind = KINDS[claimed.kind]
    if not kind.may_be_resent or claimed.server_error or get_age(claimed) >= KEY_LIFETIME:
        return False
    return not kind.overwrites or _is_unchanged(claimed)


def _is_followed(claimed: Operation) -> bool:
    """Was another of its kind asked for since, on the same object? One that failed counts not."""
    kind = KINDS[claimed.kind]
    newer = Operation.objects.filter(
        kind=claimed.kind,
        created_at__gt=claimed.created_at,
        **{kind.holds: kind.get_row(claimed)},
    )
    return newer.exclude(state=OperationState.FAILED).exists()


def _is_unchanged(claimed: Operation) -> bool:
    """Is the object as it was when the operation was recorded? Also of what others change."""
    kind = KINDS[claimed.kind]
    row = kind.get_row(claimed)
    if row is None:
        return False
    stripe_id = getattr(row, mirror.MIRRORED[kind.holds].id_field)
    with suppress(mirror.NotOurs, mirror.ReadRequired):
        mirror.fetch_and_apply(kind.holds, stripe_id)
    row.refresh_from_db()
    return row.version == claimed.row_version


def _look(operation: Operation) -> Sight:
    operation.attempts += 1
    mirror.release_connection()
    try:
        return KINDS[operation.kind].find(operation)
    except StripeCallError as error:
        if error.code == "resource_missing":
            return Missing(f"Stripe does not have the object: {error.message}")
        raise


def _find_out(operation: Operation, *, may_have_arrived: bool) -> Outcome:
    """Finding it settles it, and so does another end of what it was about. Finding nothing proves
    nothing: a 5xx may be rolled forward later. See Note [What may be repeated]."""
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    age = get_age(operation)
    try:
        found = _look(operation)
    except StripeCallError as error:
        # It is the reading that failed, also where Stripe refused it: that settles nothing.
        if age > SEARCH_TIME:
            return park(operation, f"Stripe could not be read: {error.message}")
        return leave_unknown(operation, error)
    if not isinstance(found, Missing):
        return settle_success(operation, found, version)
    if found.is_over:
        return settle_failure(operation, _over(found), version=version, seen=found.answer)
    # What was sent may be in progress at Stripe still; what was never sent was not done.
    is_over = not may_have_arrived or _is_lease_over(operation)
    if is_over and (kind.may_be_given_up or not may_have_arrived):
        return _give_up(operation, found, version)
    if age > SEARCH_TIME:
        return park(operation, found.shows)
    return leave_unknown(operation, StripeCallError("nothing was found at Stripe"))


def _is_lease_over(operation: Operation) -> bool:
    return get_age(operation) >= timedelta(seconds=conf.PAYMENTS_OPERATION_LEASE)


def _over(found: Missing) -> InvalidStateError:
    status = str(found.answer.object.get("status") or "") if found.answer else ""
    return InvalidStateError(
        _("The request was not carried out. %(finding)s") % {"finding": found.shows},
        current_status=status,
    )


def _give_up(operation: Operation, found: Missing, version: int | None) -> Outcome:
    """Whatever may come of it yet, nothing is paid twice: the mirror will see it."""
    logger.warning("operation_given_up", operation_id=str(operation.pk), shows=found.shows)
    error = InvalidStateError(
        _("The request was not carried out, because the connection to Stripe was lost. Try again."),
        code=ErrorCode.ABANDONED,
        retryable=True,
    )
    return settle_failure(operation, error, version=version, seen=found.answer, frees_key=True)


def _supersede(operation: Operation) -> Outcome:
    logger.warning("operation_superseded", operation_id=str(operation.pk), kind=operation.kind)
    error = InvalidStateError(
        _("The request was not carried out, because a newer request replaced it."),
        code=ErrorCode.ABANDONED,
    )
    return settle_failure(operation, error, frees_key=True)
