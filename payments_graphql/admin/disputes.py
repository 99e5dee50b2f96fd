from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from .. import dispute_advice, money
from ..models import StripeDispute
from ..policy import get_policy
from . import (
    asking,
    columns,
    dispute_answers,
    dispute_evidence_page,
    dispute_page,
    figure_links,
)
from .date_ranges import DateRange
from .list_columns import DisputeColumns
from .modes import ModeFilter
from .of_payment import OfPaymentAdmin
from .operations import OperationInline
from .problem_filter import ProblemFilter
from .status_changes import StatusChangeInline

_TECHNICAL = (
    "stripe_dispute_id",
    "dashboard",
    "status",
    "total",
    "withdrawn",
    "reason",
    "evidence_due_by",
    "reminded_of",
    "has_evidence",
    "submission_count",
    "is_charge_refundable",
    "stripe_charge_id",
    "livemode",
    "account",
    "as_of",
    "next_read_at",
    "version",
    "created_at",
    "updated_at",
)


class FoldedStatusChanges(StatusChangeInline):
    classes = ("collapse",)


class FoldedOperations(OperationInline):
    classes = ("collapse",)


@admin.register(StripeDispute)
class StripeDisputeAdmin(DisputeColumns, asking.AskingAdmin, OfPaymentAdmin):
    questions = (dispute_answers.ANSWER, dispute_answers.ACCEPT)
    linked_lookups = figure_links.LOOKUPS
    list_display = ("short_id", "made", "status_word", "due", "total", "why", "payment_of")
    list_filter = (
        ProblemFilter,
        "status",
        "has_evidence",
        ModeFilter,
        "created_at",
        ("created_at", DateRange),
    )
    search_help_text = _(
        "Id, link, e-mail address, name, booking, last four digits, amount or description"
    )
    fieldsets = ((_("Technical details"), {"classes": ("collapse",), "fields": _TECHNICAL}),)
    readonly_fields = _TECHNICAL
    inlines = (FoldedStatusChanges, FoldedOperations)

    class Media:
        css: ClassVar = {"all": ["payments_graphql/admin/disputes.css"]}

    def get_urls(self) -> list[URLPattern]:
        return [dispute_evidence_page.make_url(self), *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever answers disputes sees them, without any other permission."""
        return super().has_view_permission(request, obj) or get_policy().may_manage_disputes(
            request.user
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        dispute = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if dispute is not None and self.has_view_permission(request, dispute):
            more["summary"] = dispute_page.make_summary(request, dispute)
            if dispute.has_evidence and get_policy().may_answer_dispute(request.user, dispute):
                more["evidence_title"] = dispute_evidence_page.get_title(dispute)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @admin.display(description=_("deadline"))
    def deadline(self, dispute: StripeDispute) -> str:
        return dispute_page.describe_deadline(dispute).as_html()

    @admin.display(description=_("reason"))
    def reason_in_words(self, dispute: StripeDispute) -> str:
        return str(dispute_advice.advise(dispute.reason).name)

    @admin.display(description=_("payment"))
    def payment_name(self, dispute: StripeDispute) -> str:
        """Without a link, since who answers disputes need not see payments."""
        return columns.mask(dispute.payment_intent)

    @admin.display(description=_("withdrawn"), ordering="amount_withdrawn")
    def withdrawn(self, dispute: StripeDispute) -> str:
        return money.format_amount(dispute.amount_withdrawn, dispute.currency)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, dispute: StripeDispute) -> str:
        return columns.dashboard_link(
            "disputes", dispute.stripe_dispute_id, livemode=dispute.livemode
        )
