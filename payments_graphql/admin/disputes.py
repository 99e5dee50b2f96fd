from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import StripeDispute
from . import asking, columns, dispute_answers
from .date_ranges import DateRange
from .list_columns import DisputeColumns
from .modes import ModeFilter
from .of_payment import OfPaymentAdmin
from .operations import OperationInline
from .status_changes import StatusChangeInline


@admin.register(StripeDispute)
class StripeDisputeAdmin(DisputeColumns, asking.AskingAdmin, OfPaymentAdmin):
    questions = (dispute_answers.ANSWER, dispute_answers.ACCEPT)
    list_display = ("short_id", "made", "status_word", "due", "total", "why", "payment_of")
    list_filter = ("status", "has_evidence", ModeFilter, "created_at", ("created_at", DateRange))
    search_help_text = _(
        "Id, link, e-mail address, name, booking, last four digits, amount or description"
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

    @admin.display(description=_("withdrawn"), ordering="amount_withdrawn")
    def withdrawn(self, dispute: StripeDispute) -> str:
        return money.format_amount(dispute.amount_withdrawn, dispute.currency)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, dispute: StripeDispute) -> str:
        return columns.dashboard_link(
            "disputes", dispute.stripe_dispute_id, livemode=dispute.livemode
        )
