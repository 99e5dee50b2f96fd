from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..models import DriftFinding
from . import columns
from .modes import ModeFilter
from .problem_cards import show_cards
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin


@admin.register(DriftFinding)
class DriftFindingAdmin(ReadOnlyAdmin):
    list_display = ("stripe_id", "object_type", "verdict", "total", "found_at", "compared_at")
    list_filter = (ProblemFilter, "object_type", ModeFilter, "found_at")
    search_help_text = _("Stripe id")
    fields = (
        "stripe_id",
        "object_type",
        "verdict",
        "found_differences",
        "total",
        "found_at",
        "compared_at",
        "livemode",
        "account",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        cards = path(
            "problems/",
            self.admin_site.admin_view(show_cards),
            name="payments_graphql_problem_cards",
        )
        return [cards, *super().get_urls()]

    @admin.display(description=_("money at risk"), ordering="amount")
    def total(self, finding: DriftFinding) -> str:
        if not finding.currency:
            return "-"
        return columns.format_amount(finding.amount, finding.currency)

    @admin.display(description=_("differences"))
    def found_differences(self, finding: DriftFinding) -> str:
        return columns.mask(finding.details) or "-"
