"""Settles what a crash, a time-out or a 5xx left open.

Note [Leases]
Whoever runs an operation holds it until its lease ends, by the database's clock. All machines share
that clock, so a machine with a wrong clock neither takes an operation from someone who is running
it nor keeps one forever. (On SQLite it is this machine's clock.) Each claim raises the fence
number, and only the holder of the latest may settle the operation.
"""

from contextlib import suppress
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from .. import correlation, mirror, stripe_client, tracing
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

# Stripe forgets an idempotency key after 24 hours. Sent later, it would be a new request.
KEY_LIFETIME = timedelta(hours=23)
SEARCH_TIME = timedelta(hours=24)

_FREE = (
    Q(state__in=(OperationState.PENDING, OperationState.UNKNOWN))
    | Q(state=OperationState.CALLING, lease_expires_at__lte=Now())
    # The object must not wait for a person if Stripe's state prevents a second effect.
    | Q(
        state=OperationState.NEEDS_REVIEW,
        kind__in=[name for name, kind in KINDS.items() if kind.may_be_given_up],
    )
)


def is_abandoned(operation: Operation) -> bool:
    """Whether nobody is running it: it waits for another attempt, or its process died."""
    return Operation.objects.filter(_FREE, pk=operation.pk).exists()


def resume(operation: Operation, *, patience: float = 10) -> Outcome:
    """Claims the operation and settles it, by sending it with the same key if that is right, or by
    reading."""
    refuse_others(operation)
    with (
        correlation.bound(operation.correlation_id),
        tracing.span(f"operation {operation.kind} resumed", link=operation.traceparent),
    ):
        return _resume(operation, patience)


def _resume(operation: Operation, patience: float) -> Outcome:
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
    """Gives way to a newer request that makes it pointless. It is not sent. If it may already have
    been, a read decides. See Note [What may be repeated]."""
    may_have_arrived = operation.state != OperationState.PENDING
    claimed = _claim(operation)
    if claimed is None:
        return outcome_of(load(operation.pk))
    if may_have_arrived:
        # No need to wait: if the two cross, Stripe carries out the one that arrives first.
        return _find_out(claimed, may_have_arrived=False)
    return _supersede(claimed)


def resume_due(*, limit: int = 100) -> int:
    """Resumes every due operation and returns how many. Stops while Stripe is down."""
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
            # An operation that cannot be settled must not block the others.
            logger.exception(
                "operation_resume_failed",
                operation_id=str(operation.pk),
                correlation_id=operation.correlation_id,
            )
            _park_if_hopeless(load(operation.pk), error)
    return looked_at


def _park_if_hopeless(operation: Operation, error: Exception) -> None:
    """An operation whose answer could not be applied within a day is left to a person."""
    if isinstance(error, OperationalError | InterfaceError):  # the database's problem
        return
    if operation.state == OperationState.CALLING and get_age(operation) > SEARCH_TIME:
        park(operation, f"Stripe's data could not be applied: {type(error).__name__}.")


def resolve(operation: Operation, *, by: str) -> Outcome:
    """Settles an operation in `needs_review` for the person `by`.

    Reads from Stripe once more. If the operation was carried out, it succeeds. If not, it fails and
    its reservation is released. Raises `PaymentError` if Stripe cannot be read, and then settles
    nothing.
    """
    refuse_others(operation)
    claimed = _claim(operation, Q(state=OperationState.NEEDS_REVIEW))
    if claimed is None:
        raise OperationInProgressError(_("This operation no longer needs a review."))
    with correlation.bound(operation.correlation_id):
        return _resolve(claimed, by)


def _resolve(claimed: Operation, by: str) -> Outcome:
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
    """Raises `StripeCallError` if Stripe must be read to know and cannot be."""
    kind = KINDS[claimed.kind]
    if not kind.may_be_resent or claimed.server_error or get_age(claimed) >= KEY_LIFETIME:
        return False
    return not kind.overwrites or _is_unchanged(claimed)


def _is_followed(claimed: Operation) -> bool:
    """Whether there is a newer operation of its kind for the same object, without failed ones."""
    kind = KINDS[claimed.kind]
    newer = Operation.objects.filter(
        kind=claimed.kind,
        created_at__gt=claimed.created_at,
        **{kind.holds: kind.get_row(claimed)},
    )
    return newer.exclude(state=OperationState.FAILED).exists()


def _is_unchanged(claimed: Operation) -> bool:
    """Whether nobody has changed the object since the operation was recorded."""
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
    """Settles the operation if it was carried out, or if its object is in another final state.
    Finding nothing proves nothing, since a 5xx may take effect later. See Note [What may be
    repeated]."""
    kind = KINDS[operation.kind]
    version = kind.get_version(operation)
    age = get_age(operation)
    try:
        found = _look(operation)
    except StripeCallError as error:
        # The read failed, even if Stripe refused it. That settles nothing.
        if age > SEARCH_TIME:
            return park(operation, f"Stripe could not be read: {error.message}")
        return leave_unknown(operation, error)
    if not isinstance(found, Missing):
        return settle_success(operation, found, version)
    if found.is_over:
        return settle_failure(operation, _over(found), version=version, seen=found.answer)
    # A request that was sent may still be in progress at Stripe. One never sent was not done.
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
    """Even if it takes effect later, nothing is paid twice, and the mirror will notice."""
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
