"""Refunds that a second person must approve. See Note [A refund that needs approval]."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import money, operations, policy, signals
from ..errors import (
    AmountError,
    ApprovalRequiredError,
    ErrorCode,
    IdempotencyError,
    InvalidStateError,
    PaymentError,
    ValidationError,
)
from ..isolation import refuse_unsafe_level
from ..logs import get_logger
from ..models import (
    Operation,
    OperationKind,
    RefundRequest,
    RefundRequestState,
    StripePaymentIntent,
    StripeRefund,
    get_or_none,
)
from ..policy import Person, get_policy
from .inputs import check_text
from .refund_orders import NothingOverpaid, RefundOrder

__all__ = ["approve_refund", "ask_for_approval", "refuse_undecided", "reject_refund"]

_APPROVED = (RefundRequestState.APPROVED, RefundRequestState.FAILED)
_PATH = ("refundRequestId",)
_LONGEST_NOTE = 500

logger = get_logger(__name__)


def refuse_undecided(actor: str, key: str, input_hash: str) -> None:
    """Raises the error that tells the state of the request with this key, unless it was approved:
    then the operation with the key has the answer. Does nothing if there is no such request."""
    request = get_or_none(RefundRequest.objects.ours().filter(actor=actor, key=key))
    if request is None:
        return
    if request.input_hash != input_hash:
        raise IdempotencyError(
            _(
                "This idempotency key was used for a different request. Use a new key for a new "
                "request."
            ),
            path=("idempotencyKey",),
        )
    if request.is_waiting:
        raise _make_error(request)
    if request.state not in _APPROVED:
        raise _refuse_decided(request)


def ask_for_approval(
    order: RefundOrder, *, user: Person, key: str, input_hash: str
) -> PaymentError:
    """Records the request. Returns the error that says so. Raises `PaymentError` if the amount
    cannot be refunded."""
    actor = operations.actor_of(user)
    refuse_unsafe_level()
    try:
        with transaction.atomic(durable=True):
            request, is_new = _record(order, user, actor, key, input_hash)
    except IntegrityError:  # the same key for another payment at the same time
        refuse_undecided(actor, key, input_hash)
        raise
    if is_new:
        logger.info(
            "refund_approval_requested",
            refund_request=str(request.pk),
            payment_intent=str(order.payment_intent.pk),
            amount=str(request),
            actor=actor,
        )
        signals.refund_approval_requested.send_robust(RefundRequest, refund_request=request)
    return _make_error(request)


def _record(
    order: RefundOrder, user: Person, actor: str, key: str, input_hash: str
) -> tuple[RefundRequest, bool]:
    intent, amount = order.lock()
    refuse_undecided(actor, key, input_hash)  # recorded while this request waited for the lock
    waiting = RefundRequest.objects.waiting().filter(payment_intent=intent)
    if order.only_overpaid:
        asked = waiting.filter(only_overpaid=True).first()
        if asked is not None:
            return asked, False
    _check_left(intent, amount, waiting.sum_amounts())
    request = RefundRequest.objects.create(
        payment_intent=intent,
        amount=amount,
        currency=intent.currency,
        reason=order.reason,
        description=order.description,
        reduces_amount_due=order.reduces_amount_due,
        only_overpaid=order.only_overpaid,
        actor=actor,
        user_id=None if user is None else user.pk,
        key=key,
        input_hash=input_hash,
    )
    return request, True


def _check_left(intent: StripePaymentIntent, amount: int, waiting: int) -> None:
    left = intent.amount_refundable - waiting
    if amount <= left:
        return
    maximum = money.to_decimal(max(left, 0), intent.currency)
    raise AmountError(
        _(
            "Other refunds of this payment wait for approval. At most %(maximum)s %(currency)s is "
            "left to ask for."
        )
        % {"maximum": maximum, "currency": intent.currency},
        code=ErrorCode.AMOUNT_TOO_LARGE,
        path=("amount",),
        currency=intent.currency,
        maximum=maximum,
    )


def approve_refund(*, request: RefundRequest, user: Person = None) -> StripeRefund:
    """Approves the request and makes the refund. Approving again returns the same refund.

    Raises `PaymentError`. If so much is no longer left, the request keeps waiting. See Note [A
    refund that needs approval].
    """
    operations.refuse_open_transaction()
    if user is not None:
        denial = _(
            "You are not allowed to approve this refund. It takes a second person, who neither "
            "asked for it nor receives it."
        )
        policy.require(get_policy().may_approve_refund(user, request), denial, path=_PATH)
    order = RefundOrder.of(request)

    def prepare(operation: Operation) -> None:
        # Locked first: somebody who waits for it must learn that it was decided.
        row = _lock_waiting(request)
        try:
            intent, amount = order.lock()
        except NothingOverpaid:
            raise InvalidStateError(_("Nothing is overpaid anymore."), path=_PATH) from None
        row.refund = order.record(operation, intent, amount)
        _decide(row, RefundRequestState.APPROVED, user)

    def perform() -> operations.Performed:
        return operations.perform(
            kind=OperationKind.CREATE_REFUND,
            actor=request.actor,
            key=request.key,
            input=request.input_hash,
            prepare=prepare,
        )

    try:
        performed = perform()
    except InvalidStateError as error:
        if error.current_status not in _APPROVED:
            raise
        performed = perform()  # by somebody else, just now: with the same key it is the same refund
    refund = performed.operation.refund
    assert refund is not None
    refund.refresh_from_db()
    return refund


def reject_refund(*, request: RefundRequest, user: Person = None, note: str = "") -> RefundRequest:
    """Rejects the request. Whoever asked withdraws it. Repeating changes nothing."""
    if user is not None:
        denial = _("You are not allowed to reject refunds.")
        policy.require(get_policy().may_reject_refund(user, request), denial, path=_PATH)
    if len(note) > _LONGEST_NOTE:
        raise ValidationError(
            _("Note must be at most %(maximum)s characters.") % {"maximum": _LONGEST_NOTE},
            path=("note",),
        )
    check_text(note, "note")
    is_own = operations.actor_of(user) == request.actor
    state = RefundRequestState.WITHDRAWN if is_own else RefundRequestState.REJECTED
    operations.refuse_others(request)
    with transaction.atomic():
        row = _lock(request)
        if row.state != state:
            row = _check_waiting(row)
            row.note = note
            _decide(row, state, user)
    return row


def _lock(request: RefundRequest) -> RefundRequest:
    return RefundRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)


def _lock_waiting(request: RefundRequest) -> RefundRequest:
    return _check_waiting(_lock(request))


def _check_waiting(row: RefundRequest) -> RefundRequest:
    if not row.is_waiting:
        raise _refuse_decided(row)
    return row


def _decide(row: RefundRequest, state: RefundRequestState, user: Person) -> None:
    row.state = state
    row.decided_by = operations.actor_of(user)
    row.decided_at = timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "note", "refund"])
    logger.info("refund_request_decided", refund_request=str(row.pk), state=str(state))


def _make_error(request: RefundRequest) -> ApprovalRequiredError:
    return ApprovalRequiredError(
        _("A second person must approve this refund of %(amount)s. The request was recorded.")
        % {"amount": str(request)},
        refund_request_id=str(request.pk),
    )


def _refuse_decided(request: RefundRequest) -> InvalidStateError:
    state = request.state
    if state == RefundRequestState.WAITING:
        state = RefundRequestState.EXPIRED  # not marked yet
    text = _('The request for this refund has the state "%(state)s".') % {
        "state": RefundRequestState(state).label.lower()
    }
    if request.note:
        text = f"{text} {request.note}"
    return InvalidStateError(
        text,
        path=_PATH,
        current_status=state,
        allowed=(str(RefundRequestState.WAITING),),
    )
