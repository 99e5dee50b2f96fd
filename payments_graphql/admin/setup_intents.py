from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import StripeSetupIntent
from . import columns, stories
from .date_ranges import DateRange
from .list_columns import StatusColumn, shorten_id
from .modes import ModeFilter
from .operations import OperationInline
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin
from .status_changes import StatusChangeInline

_TECHNICAL_FIELDS = (
    "stripe_id",
    "dashboard",
    "status",
    "usage",
    "failure",
    "cancellation_reason",
    "livemode",
    "account",
    "as_of",
    "next_read_at",
    "version",
    "created_at",
    "updated_at",
)


@admin.register(StripeSetupIntent)
class StripeSetupIntentAdmin(StatusColumn, ReadOnlyAdmin):
    list_display = ("short_id", "made", "status_word", "card", "person", "usage")
    list_filter = (ProblemFilter, "status", ModeFilter, "created_at", ("created_at", DateRange))
    list_select_related = ("customer__user", "payment_method")
    search_help_text = _("Stripe id (seti_..., cus_... or pm_...), e-mail address or name")
    fieldsets = (
        (None, {"fields": ("story", "customer_link", "card")}),
        (_("Technical details"), {"fields": _TECHNICAL_FIELDS, "classes": ("collapse",)}),
    )
    inlines = (StatusChangeInline, OperationInline)

    @admin.display(description=_("Setup intent"))
    def story(self, setup: StripeSetupIntent) -> str:
        return stories.tell_setup(setup)

    @admin.display(description=_("Stripe id"), ordering="stripe_setup_intent_id")
    def stripe_id(self, setup: StripeSetupIntent) -> str:
        return columns.stripe_id(setup.stripe_setup_intent_id)

    @admin.display(description=_("Stripe id"))
    def short_id(self, setup: StripeSetupIntent) -> str:
        return shorten_id(setup.stripe_setup_intent_id)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, setup: StripeSetupIntent) -> str:
        return columns.dashboard_link(
            "setup_intents", setup.stripe_setup_intent_id, livemode=setup.livemode
        )

    @admin.display(description=_("payment method"))
    def card(self, setup: StripeSetupIntent) -> str:
        return columns.link(setup.payment_method)

    @admin.display(description=_("user"))
    def person(self, setup: StripeSetupIntent) -> str:
        return columns.owner(setup.customer)

    @admin.display(description=_("customer"))
    def customer_link(self, setup: StripeSetupIntent) -> str:
        return columns.link(setup.customer)

    @admin.display(description=_("last error"))
    def failure(self, setup: StripeSetupIntent) -> str:
        return columns.pretty_json(setup.last_error)
