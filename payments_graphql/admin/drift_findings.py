from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import DriftFinding
from ..reconciliation.drift import OBJECT_TYPES
from . import columns
from .known_values import Values, filter_by
from .list_columns import format_time
from .modes import ModeFilter
from .problem_cards import show_cards
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin


def _list_object_types() -> Values:
    models = {name: f"stripe{name.replace('_', '')}" for name in OBJECT_TYPES}
    return [
        (name, str(apps.get_model("payments_graphql", model)._meta.verbose_name))
        for name, model in models.items()
    ]


@admin.register(DriftFinding)
class DriftFindingAdmin(ReadOnlyAdmin):
    list_display = ("stripe_id", "made", "object_type", "verdict", "total", "compared")
    list_filter = (
        ProblemFilter,
        ("object_type", filter_by(_list_object_types)),
        ModeFilter,
        "found_at",
    )
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

    @admin.display(description=_("found at"), ordering="found_at")
    def made(self, finding: DriftFinding) -> SafeString | str:
        return format_time(finding.found_at)

    @admin.display(description=_("compared at"))
    def compared(self, finding: DriftFinding) -> SafeString | str:
        return format_time(finding.compared_at)

    @admin.display(description=_("money at risk"), ordering="amount")
    def total(self, finding: DriftFinding) -> str:
        if not finding.currency:
            return "-"
        return columns.format_amount(finding.amount, finding.currency)

    @admin.display(description=_("differences"))
    def found_differences(self, finding: DriftFinding) -> str:
        return columns.mask(finding.details) or "-"
