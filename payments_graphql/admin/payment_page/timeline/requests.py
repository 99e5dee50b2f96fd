"""The entries about refunds that need a second person."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ....models import RefundRequest, RefundRequestState
from ... import columns
from ..state import format_moment
from .entries import Entry

__all__ = ["describe_approval", "make_request"]

_OUTCOMES: Mapping[str, str | Promise] = {
    RefundRequestState.APPROVED: _("Approved by %(who)s (%(moment)s)."),
    RefundRequestState.FAILED: _("Approved by %(who)s (%(moment)s), but refused by Stripe."),
    RefundRequestState.REJECTED: _("Rejected by %(who)s (%(moment)s)."),
    RefundRequestState.WITHDRAWN: _("Withdrawn by %(who)s (%(moment)s)."),
}
_TONES = {
    RefundRequestState.WAITING: "waiting",
    RefundRequestState.APPROVED: "good",
    RefundRequestState.FAILED: "bad",
}


def make_request(request: RefundRequest, name: Callable[[str], str]) -> Entry:
    """`name` gives the name of an actor."""
    state = RefundRequestState(request.state)
    if state == RefundRequestState.WAITING and not request.is_waiting:
        state = RefundRequestState.EXPIRED  # not marked yet
    amount = columns.format_amount(request.amount, request.currency)
    return Entry(
        at=request.created_at,
        title=gettext("Asked for approval to refund %(amount)s") % {"amount": amount},
        who=name(request.actor),
        tone=_TONES.get(state, "idle"),
        details=[*_describe_why(request), _describe_outcome(request, state, name)],
        text=columns.mask(request.note),
        links=[columns.link(request, gettext("Refund request"))],
    )


def describe_approval(request: RefundRequest, name: Callable[[str], str]) -> str:
    """For the entry of the refund that was made."""
    return gettext("Approved by %(who)s.") % {"who": name(request.decided_by)}


def _describe_why(request: RefundRequest) -> list[str]:
    said = []
    if request.reason:
        said.append(
            gettext("Reason: %(reason)s.") % {"reason": request.get_reason_display().lower()}
        )
    if request.description:
        said.append(columns.mask(request.description))
    return said


def _describe_outcome(
    request: RefundRequest, state: RefundRequestState, name: Callable[[str], str]
) -> str:
    if state == RefundRequestState.WAITING:
        moment = format_moment(request.expires_at)
        return gettext("A second person can approve it (until %(moment)s).") % {"moment": moment}
    if request.decided_at is None:
        return gettext("Nobody decided in time.")
    moment = format_moment(request.decided_at)
    return str(_OUTCOMES[state]) % {"who": name(request.decided_by), "moment": moment}
