from django.contrib import admin
from django.db.models import Q

from ..models import StatusChange
from . import columns, searching
from .read_only import ReadOnlyAdmin


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("id", "of", "from_status", "to_status", "cause_kind", "cause_id", "occurred_at")
    list_filter = ("to_status", "cause_kind", "occurred_at")
    list_select_related = ("payment_intent", "refund")
    search_help_text = (
        "Stripe id (pi_... or cus_...), a booking's reference, or a part of the user's name or "
        "e-mail address"
    )
    fields = (
        "id",
        "payment",
        "refund_link",
        "from_status",
        "to_status",
        "cause_kind",
        "cause_id",
        "occurred_at",
        "created_at",
        "signaled_at",
    )
    readonly_fields = fields
    ordering = ("-pk",)

    def find(self, term: str) -> Q:
        return searching.find_of_payment_intent(term)

    @admin.display(description="of")
    def of(self, change: StatusChange) -> str:
        return columns.link(change.refund or change.payment_intent)

    @admin.display(description="payment")
    def payment(self, change: StatusChange) -> str:
        return columns.link(change.payment_intent)

    @admin.display(description="refund")
    def refund_link(self, change: StatusChange) -> str:
        return columns.link(change.refund)
