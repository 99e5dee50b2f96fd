"""Refunds that a second person must approve: who asked, and what was decided."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ....models import RefundRequest, RefundRequestState
from ... import columns
from .entries import Entry

__all__ = ["list_actors", "make_entries"]

_DECIDED: Mapping[str, tuple[str | Promise, str]] = {
    RefundRequestState.APPROVED: (_("Approved the refund of %(amount)s"), "good"),
    RefundRequestState.REJECTED: (_("Rejected the refund of %(amount)s"), "bad"),
    RefundRequestState.WITHDRAWN: (_("Withdrew the request to refund %(amount)s"), "idle"),
    RefundRequestState.FAILED: (
        _("Approved the refund of %(amount)s, but Stripe refused it"),
        "bad",
    ),
}


def list_actors(requests: Iterable[RefundRequest]) -> set[str]:
    return {actor for one in requests for actor in (one.actor, one.decided_by) if actor}


def make_entries(
    requests: Iterable[RefundRequest], find_name: Callable[[str], str]
) -> Iterator[Entry]:
    for request in requests:
        yield _make_request(request, find_name)
        if request.decided_at is not None and request.state in _DECIDED:
            title, tone = _DECIDED[request.state]
            yield Entry(
                at=request.decided_at,
                title=str(title) % {"amount": _format_amount(request)},
                who=find_name(request.decided_by) if request.decided_by else "",
                tone=tone,
                text=columns.mask(request.note),
                links=_link(request),
            )


def _make_request(request: RefundRequest, find_name: Callable[[str], str]) -> Entry:
    title = gettext("Asked a second person to approve a refund of %(amount)s")
    is_open = request.state == RefundRequestState.WAITING
    entry = Entry(
        at=request.created_at,
        title=title % {"amount": _format_amount(request)},
        who=find_name(request.actor),
        tone="waiting" if request.is_waiting else "idle",
        text=columns.mask(request.description),
        links=_link(request),
    )
    if request.state == RefundRequestState.EXPIRED or (is_open and not request.is_waiting):
        entry.details.append(gettext("Nobody decided in time."))
    return entry


def _format_amount(request: RefundRequest) -> str:
    return columns.format_amount(request.amount, request.currency)


def _link(request: RefundRequest) -> list[str]:
    return [columns.link(request, gettext("Request for approval"))]
