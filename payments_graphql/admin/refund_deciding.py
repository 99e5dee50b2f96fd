"""The pages that ask before a refund that needs a second person is approved or rejected."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import RefundRequest
from ..operations import actor_of
from ..policy import Person, get_policy
from ..services import refund_approvals
from . import columns
from .asking import Question


class ApproveForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Approve the refund. The customer gets the money."))


class RejectForm(forms.Form):
    note = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("The person who asked for the refund sees this."),
    )


class WithdrawForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Withdraw the request. Nothing is refunded."))


def _may_approve(person: Person, request: RefundRequest) -> bool:
    return get_policy().may_approve_refund(person, request)


def _is_own(person: Person, request: RefundRequest) -> bool:
    return actor_of(person) == request.actor


def _may_reject(person: Person, request: RefundRequest) -> bool:
    return not _is_own(person, request) and get_policy().may_reject_refund(person, request)


def _may_withdraw(person: Person, request: RefundRequest) -> bool:
    return _is_own(person, request) and get_policy().may_reject_refund(person, request)


def _approve(request: HttpRequest, row: RefundRequest, values: dict[str, Any]) -> str:
    del values
    refund = refund_approvals.approve_refund(request=row, user=request.user)
    return gettext('The status of the refund of %(amount)s is now "%(status)s".') % {
        "amount": columns.format_amount(refund.amount, refund.currency),
        "status": refund.get_status_display().lower(),
    }


def _reject(request: HttpRequest, row: RefundRequest, values: dict[str, Any]) -> str:
    note = values.get("note", "")
    done = refund_approvals.reject_refund(request=row, user=request.user, note=note)
    return gettext('The state of the request is now "%(state)s".') % {
        "state": done.get_state_display().lower()
    }


_FACTS = (
    (_("Payment"), "payment"),
    (_("Customer"), "person"),
    (_("Received"), "received"),
    (_("Left to refund"), "refundable"),
    (_("Refund"), "total"),
    (_("Reason"), "reason"),
    (_("Description"), "text"),
    (_("Price of the booking"), "meaning"),
    (_("Requested by"), "asker"),
    (_("Requested at"), "created_at"),
)
_NOT_OFFERED = _("This request no longer waits for approval.")
_TEMPLATES = "admin/payments_graphql/refundrequest"

APPROVE = Question(
    name="approve",
    title=_("Approve a refund"),
    template=f"{_TEMPLATES}/approve.html",
    form=ApproveForm,
    may=_may_approve,
    is_offered=lambda row: row.is_waiting,
    not_offered=_NOT_OFFERED,
    act=_approve,
    facts=_FACTS,
)
REJECT = Question(
    name="reject",
    title=_("Reject a refund"),
    template=f"{_TEMPLATES}/reject.html",
    form=RejectForm,
    may=_may_reject,
    is_offered=lambda row: row.is_waiting,
    not_offered=_NOT_OFFERED,
    act=_reject,
    facts=_FACTS,
)
WITHDRAW = Question(
    name="withdraw",
    title=_("Withdraw a request"),
    template=f"{_TEMPLATES}/withdraw.html",
    form=WithdrawForm,
    may=_may_withdraw,
    is_offered=lambda row: row.is_waiting,
    not_offered=_NOT_OFFERED,
    act=_reject,
    facts=_FACTS,
)
