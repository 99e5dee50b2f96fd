from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeDispute, StripePaymentIntent, StripeRefund
from . import columns, refunding
from .date_ranges import DateRange
from .exporting import ExportingAdmin
from .finding.view import make_url
from .list_columns import PaymentColumns
from .modes import ModeFilter
from .operations import OperationInline
from .read_only import ReadOnlyAdmin, ReadOnlyInline
from .status_changes import StatusChangeInline


class RefundInline(ReadOnlyInline):
    model = StripeRefund
    fields = ("stripe_id", "status", "total", "reason", "created_at")
    readonly_fields = fields

    @admin.display(description=_("Stripe id"))
    def stripe_id(self, refund: StripeRefund) -> str:
        return columns.stripe_id(refund.stripe_refund_id)

    @admin.display(description=_("amount"))
    def total(self, refund: StripeRefund) -> str:
        return columns.format_amount(refund.amount, refund.currency)


class DisputeInline(ReadOnlyInline):
    model = StripeDispute
    fields = ("stripe_dispute_id", "status", "total", "reason", "evidence_due_by", "created_at")
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def total(self, dispute: StripeDispute) -> str:
        return columns.format_amount(dispute.amount, dispute.currency)


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


_PAYMENT_FIELDS = (
    "payment_method_link",
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
class StripePaymentIntentAdmin(PaymentColumns, ExportingAdmin, ReadOnlyAdmin):
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
        "status",
        ModeFilter,
        AcceptedFilter,
        "created_at",
        ("created_at", DateRange),
    )
    linked_lookups = ("customer__id__exact",)
    list_select_related = ("customer__user", "booking", "payment_method")
    search_help_text = _(
        "Id, link, e-mail address, name, booking, last four digits, amount or description"
    )
    fieldsets = (
        (None, {"fields": ("stripe_id", "dashboard", "status", "customer_link", "booking_link")}),
        (_("Amounts"), {"fields": ("total", "received", "capturable", "refunded", "refundable")}),
        (_("Payment"), {"fields": _PAYMENT_FIELDS}),
        (_("Details"), {"fields": ("text", "receipt_to", "receipt", "callers_metadata")}),
        (_("Synchronization with Stripe"), {"fields": _MIRROR_FIELDS}),
    )
    inlines = (RefundInline, DisputeInline, StatusChangeInline, OperationInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripePaymentIntent]:
        queryset: QuerySet[StripePaymentIntent] = super().get_queryset(request)
        return queryset.prefetch_related("refunds")

    def get_urls(self) -> list[URLPattern]:
        refund = path(
            "<uuid:object_id>/refund/",
            self.admin_site.admin_view(refunding.make_view(self)),
            name=refunding.URL_NAME,
        )
        return [make_url(self.admin_site), refund, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        intent = self.get_object(request, object_id)
        may_refund = intent is not None and refunding.is_offered(request, intent)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "may_refund": may_refund}
        )

    @admin.display(description=_("Stripe id"), ordering="stripe_payment_intent_id")
    def stripe_id(self, intent: StripePaymentIntent) -> str:
        return columns.stripe_id(intent.stripe_payment_intent_id)

    @admin.display(description=_("at Stripe"))
    def dashboard(self, intent: StripePaymentIntent) -> str:
        return columns.dashboard_link(
            "payments", intent.stripe_payment_intent_id, livemode=intent.livemode
        )

    @admin.display(description=_("customer"))
    def customer_link(self, intent: StripePaymentIntent) -> str:
        return columns.link(intent.customer)

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

    @admin.display(description=_("payment method"))
    def payment_method_link(self, intent: StripePaymentIntent) -> str:
        return columns.link(intent.payment_method)

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
