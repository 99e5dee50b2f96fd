from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeRefund
from . import asking, columns, figure_links, stories
from .date_ranges import DateRange
from .exporting import ExportingAdmin
from .list_columns import RefundColumns
from .modes import ModeFilter
from .of_payment import OfPaymentAdmin
from .problem_filter import ProblemFilter
from .refund_canceling import CANCEL
from .refund_settling import SETTLE

_TECHNICAL_FIELDS = (
    "stripe_id",
    "dashboard",
    "status",
    "total",
    "failure_reason",
    "failure_settled_at",
    "livemode",
    "account",
    "as_of",
    "next_read_at",
    "version",
    "created_at",
    "updated_at",
)


@admin.register(StripeRefund)
class StripeRefundAdmin(RefundColumns, ExportingAdmin, asking.AskingAdmin, OfPaymentAdmin):
    questions = (CANCEL, SETTLE)
    linked_lookups = figure_links.REFUND_LOOKUPS
    list_display = ("short_id", "made", "status_word", "total", "why", "payment_of")
    list_filter = (
        ProblemFilter,
        "status",
        "reason",
        ModeFilter,
        "created_at",
        ("created_at", DateRange),
    )
    search_help_text = _(
        "Id, link, e-mail address, name, booking, last four digits, amount or description"
    )
    fieldsets = (
        (None, {"fields": ("story", "payment", "person", "reason", "text", "reduction")}),
        (_("Technical details"), {"fields": _TECHNICAL_FIELDS, "classes": ("collapse",)}),
    )

    @admin.display(description=_("Refund"))
    def story(self, refund: StripeRefund) -> str:
        return stories.tell_refund(refund)

    @admin.display(description=_("Stripe id"), ordering="stripe_refund_id")
    def stripe_id(self, refund: StripeRefund) -> str:
        return columns.stripe_id(refund.stripe_refund_id)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, refund: StripeRefund) -> str:
        """The dashboard shows a refund on the page of its payment."""
        intent = refund.payment_intent
        return columns.dashboard_link(
            "payments", intent.stripe_payment_intent_id, livemode=intent.livemode
        )

    @admin.display(description=_("price reduction"))
    def reduction(self, refund: StripeRefund) -> str:
        """The amount by which the price of the booking falls after success. If there is none, the
        customer owes the amount again."""
        if not refund.reduces_amount_due:
            return gettext("nothing")
        return columns.format_amount(refund.amount_due_reduction, refund.currency)

    @admin.display(description=_("description"))
    def text(self, refund: StripeRefund) -> str:
        return columns.mask(refund.description)
