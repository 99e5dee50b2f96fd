"""What needs attention on a payment: held refunds, disputes with their deadlines, other keys."""

from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from ...models import (
    DisputeStatus,
    Operation,
    OperationKind,
    OperationState,
    RefundRequest,
    RefundStatus,
    StripeDispute,
    StripeRefund,
)
from .. import columns
from .case import Case, may_view
from .state import format_moment
from .words import describe_code, describe_dispute_reason

__all__ = ["Notice", "list_notices"]


@dataclass(frozen=True)
class Notice:
    """`links` are HTML."""

    text: str
    tone: str = "waiting"
    links: list[str] = field(default_factory=list)


def list_notices(case: Case) -> list[Notice]:
    return [
        *_list_held_refunds(case),
        *(_describe_request(one) for one in case.refund_requests if one.is_waiting),
        *(_describe_failed(case, one) for one in case.refunds if one.status == RefundStatus.FAILED),
        *(_describe_dispute(case, dispute) for dispute in case.disputes),
        *_list_unsettled(case),
    ]


def _list_held_refunds(case: Case) -> list[Notice]:
    """Refunds that reserve their amount, although nobody knows whether they were made."""
    by_refund = {one.refund_id: one for one in case.operations if _is_refund(one)}
    notices = []
    for refund in case.refunds:
        if refund.stripe_refund_id is not None or refund.status not in RefundStatus.in_progress():
            continue
        operation = by_refund.get(refund.pk)
        is_review = operation is not None and operation.state == OperationState.NEEDS_REVIEW
        text = (
            gettext("%(amount)s reserved by a refund under review")
            if is_review
            else gettext("%(amount)s reserved by a refund that Stripe has not confirmed yet")
        )
        amount = columns.format_amount(refund.amount, refund.currency)
        links = [] if operation is None else [columns.link(operation, gettext("Request"))]
        notices.append(Notice(text % {"amount": amount}, "bad" if is_review else "waiting", links))
    return notices


def _describe_request(request: RefundRequest) -> Notice:
    text = gettext("A refund of %(amount)s waits for a second person to approve it.") % {
        "amount": columns.format_amount(request.amount, request.currency)
    }
    return Notice(text, links=[columns.link(request, gettext("Request for approval"))])


def _is_refund(operation: Operation) -> bool:
    return operation.kind == OperationKind.CREATE_REFUND


def _describe_failed(case: Case, refund: StripeRefund) -> Notice:
    amount = columns.format_amount(refund.amount, refund.currency)
    text = gettext("The refund of %(amount)s failed: %(reason)s") % {
        "amount": amount,
        "reason": describe_code(refund.failure_reason or "unknown"),
    }
    return Notice(text, "bad", _link(case, refund, gettext("Refund")))


def _describe_dispute(case: Case, dispute: StripeDispute) -> Notice:
    values = {
        "amount": columns.format_amount(dispute.amount, dispute.currency),
        "reason": describe_dispute_reason(dispute.reason),
        "status": dispute.get_status_display().lower(),
    }
    text = (
        gettext("The bank asks about %(amount)s (%(reason)s): %(status)s.")
        if dispute.is_inquiry
        else gettext("%(amount)s disputed (%(reason)s): %(status)s.")
    ) % values
    tone = "good" if dispute.status in (DisputeStatus.WON, DisputeStatus.PREVENTED) else "waiting"
    if dispute.status in (*DisputeStatus.awaiting_response(), DisputeStatus.LOST):
        tone = "bad"
    if dispute.status in DisputeStatus.awaiting_response() and dispute.evidence_due_by:
        text = f"{text} {_describe_deadline(dispute)}"
    return Notice(text, tone, _link(case, dispute, gettext("Dispute")))


def _describe_deadline(dispute: StripeDispute) -> str:
    assert dispute.evidence_due_by is not None
    moment = format_moment(dispute.evidence_due_by)
    days = (dispute.evidence_due_by - timezone.now()).days
    if days < 0:
        return gettext("The time to answer is over (%(moment)s).") % {"moment": moment}
    return ngettext(
        "Answer until %(moment)s (%(days)s day left).",
        "Answer until %(moment)s (%(days)s days left).",
        days,
    ) % {"moment": moment, "days": days}


def _list_unsettled(case: Case) -> list[Notice]:
    """Requests whose result is not known, other than refunds, which are described above."""
    return [
        Notice(
            gettext("%(kind)s: the result is not known, a person must resolve it")
            % {"kind": operation.get_kind_display()},
            "bad",
            [columns.link(operation, gettext("Request"))],
        )
        for operation in case.operations
        if operation.state == OperationState.NEEDS_REVIEW and not _is_refund(operation)
    ]


def _link(case: Case, row: StripeRefund | StripeDispute, text: str) -> list[str]:
    return [columns.link(row, text)] if may_view(case.person, type(row)) else []
