from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import (
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    SetupIntentStatus,
    StatusChange,
)
from . import columns, searching
from .known_values import filter_by
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
    list_display = ("id", "of", "from_status", "to_status", "cause_kind", "cause_id", "occurred_at")
    list_filter = (
        ProblemFilter,
        ("to_status", filter_by(lambda: _STATUSES)),
        "cause_kind",
        ModeOfChangeFilter,
        "occurred_at",
    )
    linked_lookups = ("failure_code__exact", "payment_intent__currency__exact")
    list_select_related = ("payment_intent", "refund", "dispute", "setup_intent")
    search_help_text = _(
        "Stripe id (pi_..., re_..., du_..., seti_... or cus_...), booking number, or part of the "
        "user's name or e-mail address"
    )
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

    def find(self, term: str) -> Q:
        return searching.find_of_anything(term)

    @admin.display(description=_("object"))
    def of(self, change: StatusChange) -> str:
        return columns.link(
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
