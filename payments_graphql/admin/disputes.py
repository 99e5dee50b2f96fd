from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import StripeDispute
from . import asking, columns, dispute_answers, searching
from .modes import ModeFilter
from .of_payment import OfPaymentAdmin
from .operations import OperationInline
from .problem_filter import ProblemFilter
from .status_changes import StatusChangeInline


@admin.register(StripeDispute)
class StripeDisputeAdmin(asking.AskingAdmin, OfPaymentAdmin):
    questions = (dispute_answers.ANSWER, dispute_answers.ACCEPT)
    list_display = (
        "stripe_dispute_id",
        "status",
        "evidence_due_by",
        "total",
        "reason",
        "payment",
        "person",
        "livemode",
        "created_at",
    )
    list_filter = (ProblemFilter, "status", "has_evidence", ModeFilter, "created_at")
    search_help_text = _(
        "Stripe id (du_..., dp_... or pi_...), booking number, or part of the user's name or "
        "e-mail address"
    )
    fields = (
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
        "payment",
        "person",
        "stripe_charge_id",
        "livemode",
        "account",
        "as_of",
        "next_read_at",
        "version",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    inlines = (StatusChangeInline, OperationInline)

    def find(self, term: str) -> Q:
        if term.startswith(("du_", "dp_")):
            return Q(stripe_dispute_id=term)
        pk = searching.parse_uuid(term)
        return Q(pk=pk) if pk else searching.find_of_payment_intent(term)

    @admin.display(description=_("withdrawn"), ordering="amount_withdrawn")
    def withdrawn(self, dispute: StripeDispute) -> str:
        return money.format_amount(dispute.amount_withdrawn, dispute.currency)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, dispute: StripeDispute) -> str:
        return columns.dashboard_link(
            "disputes", dispute.stripe_dispute_id, livemode=dispute.livemode
        )
