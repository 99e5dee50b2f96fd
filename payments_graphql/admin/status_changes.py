from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import (
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
    StatusChange,
)
from . import columns
from .date_ranges import DateRange
from .known_values import filter_by
from .list_columns import format_time, link_short, shorten_id
from .modes import ModeOfChangeFilter
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin, ReadOnlyInline

_STATUSES = tuple(
    {
        value: label
        for statuses in (PaymentIntentStatus, RefundStatus, DisputeStatus, SetupIntentStatus)
        for value, label in statuses.choices
    }.items()
)

_LABELS = dict(_STATUSES)


def _get_label(status: str) -> str:
    return str(_LABELS.get(status, status))


class StatusChangeInline(ReadOnlyInline):
    model = StatusChange
    ordering = ("-pk",)
    fields = (
        "of",
        "from_status",
        "to_status",
        "failure_code",
        "cause_kind",
        "cause_id",
        "occurred_at",
    )
    readonly_fields = fields
    select_related = ("refund", "dispute")

    @admin.display(description=_("object"))
    def of(self, change: StatusChange) -> str:
        """A short form, since the page of a payment shows its refunds and disputes in full."""
        row = change.refund or change.dispute
        return (
            columns.link(row, gettext("refund") if change.refund else gettext("dispute"))
            if row
            else "-"
        )


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("change", "occurred", "of", "cause_kind", "cause")
    list_filter = (
        ProblemFilter,
        ("to_status", filter_by(lambda: _STATUSES)),
        "cause_kind",
        ModeOfChangeFilter,
        "occurred_at",
        ("occurred_at", DateRange),
    )
    linked_lookups = ("failure_code__exact", "payment_intent__currency__exact")
    list_select_related = ("payment_intent", "refund", "dispute", "setup_intent")
    search_help_text = _("Anything that leads to the payment, such as its id, booking or amount")
    fields = (
        "id",
        "payment",
        "refund_link",
        "dispute_link",
        "setup_intent_link",
        "from_status",
        "to_status",
        "failure_code",
        "cause_kind",
        "cause_id",
        "occurred_at",
        "created_at",
        "signaled_at",
        "signaled_to",
        "signal_waits_for",
        "signal_attempts",
    )
    readonly_fields = fields
    ordering = ("-occurred_at", "-pk")

    @admin.display(description=_("change"))
    def change(self, change: StatusChange) -> str:
        """In words. A page shows the codes."""
        to_status = _get_label(change.to_status)
        if change.is_reminder:
            return gettext("%(status)s, due soon") % {"status": to_status}
        from_status = _get_label(change.from_status) or capfirst(gettext("new"))
        return f"{from_status} → {to_status}"

    @admin.display(description=_("occurred at"), ordering="occurred_at")
    def occurred(self, change: StatusChange) -> str:
        return format_time(change.occurred_at)

    @admin.display(description=_("source id"))
    def cause(self, change: StatusChange) -> str:
        return shorten_id(change.cause_id)

    @admin.display(description=_("object"))
    def of(self, change: StatusChange) -> str:
        return link_short(
            change.refund or change.dispute or change.setup_intent or change.payment_intent
        )

    @admin.display(description=_("payment"))
    def payment(self, change: StatusChange) -> str:
        return columns.link(change.payment_intent)

    @admin.display(description=_("refund"))
    def refund_link(self, change: StatusChange) -> str:
        return columns.link(change.refund)

    @admin.display(description=_("dispute"))
    def dispute_link(self, change: StatusChange) -> str:
        return columns.link(change.dispute)

    @admin.display(description=_("setup intent"))
    def setup_intent_link(self, change: StatusChange) -> str:
        return columns.link(change.setup_intent)
