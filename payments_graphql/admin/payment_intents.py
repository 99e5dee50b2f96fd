from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripePaymentIntent
from . import (
    asking,
    canceling,
    capturing,
    charging,
    columns,
    figure_links,
    noting,
    refunding,
    rereading,
)
from .date_ranges import DateRange
from .exporting import ExportingAdmin
from .finding.view import make_url
from .list_columns import PaymentColumns
from .modes import ModeFilter
from .payment_page.page import PaymentPage
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin


class AcceptedFilter(admin.SimpleListFilter):
    """A row is written before Stripe is called, and released if Stripe rejects it."""

    title = _("accepted by Stripe")
    parameter_name = "accepted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Yes")), ("no", gettext("Not yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(stripe_payment_intent_id__isnull=self.value() == "no")


_TECHNICAL_FIELDS = (
    "stripe_id",
    "status",
    "total",
    "received",
    "capturable",
    "refunded",
    "refundable",
    "text",
    "receipt_to",
    "receipt",
    "callers_metadata",
    "capture_method",
    "capture_before",
    "next_action_type",
    "next_action_expires_at",
    "setup_future_usage",
    "failure",
    "canceled_at",
    "cancellation_reason",
)
_MIRROR_FIELDS = (
    "livemode", "account", "as_of", "next_read_at", "version", "created_at", "updated_at",
)  # fmt: skip


@admin.register(StripePaymentIntent)
class StripePaymentIntentAdmin(
    PaymentPage, PaymentColumns, ExportingAdmin, asking.AskingAdmin, ReadOnlyAdmin
):
    list_display = (
        "short_id",
        "made",
        "status_word",
        "amount_paid",
        "card",
        "person",
        "purpose",
    )
    list_filter = (
        ProblemFilter,
        "status",
        ModeFilter,
        AcceptedFilter,
        "created_at",
        ("created_at", DateRange),
    )
    linked_lookups = (
        "customer__id__exact",
        "last_error__isnull",
        "fee__isnull",
        *figure_links.LOOKUPS,
    )
    list_select_related = ("customer__user", "booking", "payment_method")
    search_help_text = _(
        "Id, link, e-mail address, name, booking, last four digits, amount or description"
    )
    fieldsets = (
        (_("Technical details"), {"fields": _TECHNICAL_FIELDS, "classes": ("collapse",)}),
        (_("Synchronization with Stripe"), {"fields": _MIRROR_FIELDS, "classes": ("collapse",)}),
    )
    questions = (
        refunding.REFUND,
        capturing.CAPTURE,
        canceling.CANCEL,
        charging.CHARGE,
        rereading.READ,
        noting.NOTE,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripePaymentIntent]:
        queryset: QuerySet[StripePaymentIntent] = super().get_queryset(request)
        return queryset.prefetch_related("refunds")

    def get_urls(self) -> list[URLPattern]:
        return [make_url(self.admin_site), *super().get_urls()]

    @admin.display(description=_("Stripe id"), ordering="stripe_payment_intent_id")
    def stripe_id(self, intent: StripePaymentIntent) -> str:
        return columns.stripe_id(intent.stripe_payment_intent_id)

    @admin.display(description=_("user"))
    def person(self, intent: StripePaymentIntent) -> str:
        return columns.owner(intent.customer)

    @admin.display(description=_("booking"))
    def booking_link(self, intent: StripePaymentIntent) -> str:
        return columns.link(intent.booking)

    @admin.display(description=_("amount"))
    def total(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount, intent.currency)

    @admin.display(description=_("received"))
    def received(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount_received, intent.currency)

    @admin.display(description=_("capturable"))
    def capturable(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount_capturable, intent.currency)

    @admin.display(description=_("refunded"))
    def refunded(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount_refunded, intent.currency)

    @admin.display(description=_("left to refund"))
    def refundable(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount_refundable, intent.currency)

    @admin.display(description=_("last error"))
    def failure(self, intent: StripePaymentIntent) -> str:
        return columns.pretty_json(intent.last_error)

    @admin.display(description=_("description"))
    def text(self, intent: StripePaymentIntent) -> str:
        return columns.mask(intent.description)

    @admin.display(description=_("receipt e-mail"))
    def receipt_to(self, intent: StripePaymentIntent) -> str:
        return columns.mask(intent.receipt_email)

    @admin.display(description=_("receipt"), boolean=True)
    def receipt(self, intent: StripePaymentIntent) -> bool:
        """Does not show the URL: anyone who has it can see the receipt without signing in."""
        return bool(intent.receipt_url)

    @admin.display(description=_("metadata"))
    def callers_metadata(self, intent: StripePaymentIntent) -> str:
        return columns.pretty_json(intent.metadata)
