"""A dispute in words: what is to be done until when, what the reason means, what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from .. import dispute_advice, money, people
from ..conf import conf
from ..models import (
    CauseKind,
    DisputeStatus,
    Operation,
    OperationKind,
    OperationState,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
)
from ..policy import may_view
from . import columns

__all__ = ["describe_deadline", "make_summary"]

_MOST_ENTRIES = 100


@dataclass(frozen=True)
class Deadline:
    """`tone` is one of the tones of a status."""

    text: str
    tone: str
    detail: str = ""

    def as_html(self) -> SafeString:
        return format_html(
            '<span class="payments-status payments-status-{}">{}</span> {}',
            self.tone,
            self.text,
            self.detail,
        )


@dataclass(frozen=True)
class Entry:
    """`at` can be Stripe's time, in whole seconds. `stored_at` is ours."""

    at: datetime
    stored_at: datetime
    text: str
    by: str = ""

    @property
    def position(self) -> tuple[datetime, datetime]:
        return self.at.replace(microsecond=0), self.stored_at


def make_summary(request: HttpRequest, dispute: StripeDispute) -> dict[str, Any]:
    return {
        "deadline": describe_deadline(dispute),
        "amount": columns.format_amount(dispute.amount, dispute.currency),
        "advice": dispute_advice.advise(dispute.reason),
        "is_waiting": dispute.status in DisputeStatus.awaiting_response(),
        "is_appeal": dispute.status == DisputeStatus.APPEAL_NEEDS_RESPONSE,
        "payment_url": _get_payment_url(request, dispute),
        "person": columns.owner(dispute.payment_intent.customer),
        "entries": _list_entries(dispute),
    }


def _get_payment_url(request: HttpRequest, dispute: StripeDispute) -> str:
    if not may_view(request.user, StripePaymentIntent):
        return ""
    name = "admin:payments_graphql_stripepaymentintent_change"
    return reverse(name, args=(dispute.payment_intent_id,))


def describe_deadline(dispute: StripeDispute) -> Deadline:
    if dispute.status not in DisputeStatus.awaiting_response():
        return _describe_outcome(dispute)
    due = dispute.evidence_due_by
    if due is None:
        return Deadline(gettext("Answer now. The bank gave no deadline."), "waiting")
    left = due - timezone.now()
    detail = gettext("until %(moment)s") % {"moment": _format_moment(due)}
    if left <= timedelta():
        return Deadline(gettext("The deadline has passed"), "bad", f"({_format_moment(due)})")
    tone = "bad" if left <= conf.PAYMENTS_DISPUTE_DUE_SOON else "waiting"
    return Deadline(_count_down(left), tone, detail)


def _count_down(left: timedelta) -> str:
    hours = int(left.total_seconds() // 3600)
    if hours < 1:
        return gettext("Less than an hour left")
    if left.days < 1:
        return ngettext("%(hours)d hour left", "%(hours)d hours left", hours) % {"hours": hours}
    return ngettext("%(days)d day left", "%(days)d days left", left.days) % {"days": left.days}


def _describe_outcome(dispute: StripeDispute) -> Deadline:
    amount = money.format_amount(dispute.amount, dispute.currency)
    match dispute.status:
        case DisputeStatus.WON if dispute.amount_withdrawn:
            text, tone = gettext("Won. Stripe will return %(amount)s."), "good"
        case DisputeStatus.WON:
            text, tone = gettext("Won. You keep %(amount)s."), "good"
        case DisputeStatus.LOST:
            text, tone = gettext("Lost. The customer keeps %(amount)s."), "bad"
        case DisputeStatus.WARNING_CLOSED:
            text, tone = gettext("The inquiry is closed. You keep %(amount)s."), "good"
        case DisputeStatus.PREVENTED:
            text = gettext("Prevented. The customer was refunded before a formal dispute.")
            tone = "idle"
        case DisputeStatus.UNKNOWN:
            text, tone = gettext("Stripe added a new status. See Stripe's dashboard."), "waiting"
        case _:
            text = gettext("The bank reviews the evidence. You cannot add anything.")
            tone = "waiting"
    return Deadline(text % {"amount": amount} if "%(amount)s" in text else text, tone)


def _format_moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _list_entries(dispute: StripeDispute) -> list[Entry]:
    """What happened, in order."""
    operations = list(_list_operations(dispute))
    names = people.describe_actors({operation.actor for operation in operations})
    # The payment is first, since Stripe's times, in whole seconds, can be before our own.
    first, *rest = _of_payment(dispute)
    rest += [*_of_changes(dispute), *_of_operations(operations, names)]
    return [first, *sorted(rest, key=lambda entry: entry.position)]


def _of_payment(dispute: StripeDispute) -> Iterator[Entry]:
    intent = dispute.payment_intent
    amount = money.format_amount(intent.amount, intent.currency)
    yield Entry(
        intent.created_at, intent.created_at, gettext("Payment of %(amount)s") % {"amount": amount}
    )
    for refund in intent.refunds.all()[:_MOST_ENTRIES]:
        refunded = gettext("Refund of %(amount)s: %(status)s") % {
            "amount": money.format_amount(refund.amount, refund.currency),
            "status": refund.get_status_display().lower(),
        }
        yield Entry(refund.created_at, refund.created_at, refunded)


def _of_changes(dispute: StripeDispute) -> Iterator[Entry]:
    changes = StatusChange.objects.filter(dispute=dispute).order_by("pk")[:_MOST_ENTRIES]
    labels: dict[str, Any] = dict(DisputeStatus.choices)
    for change in changes:
        status = str(labels.get(change.to_status, change.to_status))
        if change.is_reminder:
            text = gettext("Reminder: the evidence is due soon")
        elif not change.from_status:
            text = gettext("Dispute opened: %(status)s") % {"status": status.lower()}
        else:
            text = gettext("Status: %(status)s") % {"status": status.lower()}
        by = gettext("bank") if _is_of_bank(change) else ""
        yield Entry(change.occurred_at, change.created_at, text, by)


def _is_of_bank(change: StatusChange) -> bool:
    """Our own requests cause changes too, and so do reminders and submitted evidence."""
    is_ours = change.is_reminder or change.cause_kind == CauseKind.OPERATION
    return not is_ours and not change.to_status.endswith("under_review")


def _list_operations(dispute: StripeDispute) -> QuerySet[Operation]:
    return Operation.objects.filter(dispute=dispute).order_by("created_at")[:_MOST_ENTRIES]


def _of_operations(operations: list[Operation], names: dict[str, str]) -> Iterator[Entry]:
    for operation in operations:
        if operation.kind == OperationKind.ACCEPT_DISPUTE:
            text = gettext("Dispute accepted")
        elif operation.parameters.get("submit", True):
            text = gettext("Evidence submitted to the bank")
        else:
            text = gettext("Evidence saved as a draft")
        if operation.state != OperationState.SUCCEEDED:
            text = f"{text} ({operation.get_state_display().lower()})"
        by = columns.mask(names[operation.actor])
        yield Entry(operation.created_at, operation.created_at, text, by)
