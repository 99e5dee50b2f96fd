from typing import Any, ClassVar

from django.contrib import admin
from django.urls import URLPattern
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeCustomer, StripePaymentIntent, StripePaymentMethod
from . import asking, columns
from .customer_page import CustomerPage
from .date_ranges import DateRange
from .erasing_people import ERASE, make_export_url
from .lifting_blocks import LIFT
from .list_columns import MadeColumn, MethodColumns, StatusColumn, shorten_id
from .modes import ModeFilter
from .problem_filter import ProblemFilter
from .read_only import ReadOnlyAdmin, ReadOnlyInline


class PaymentHistoryInline(StatusColumn, ReadOnlyInline):
    model = StripePaymentIntent
    verbose_name_plural = _("Newest payments")
    fields = ("made", "status_word", "total", "payer", "booking_reference")
    readonly_fields = fields
    select_related = ("booking", "customer__user")

    @admin.display(description=_("paid by"))
    def payer(self, intent: StripePaymentIntent) -> str:
        """The payer can be another user than the current owner of the booking."""
        return columns.owner(intent.customer)

    @admin.display(description=_("amount"))
    def total(self, intent: StripePaymentIntent) -> str:
        return columns.format_amount(intent.amount, intent.currency)

    @admin.display(description=_("booking"))
    def booking_reference(self, intent: StripePaymentIntent) -> str:
        return columns.mask(intent.booking or "-")


class PaymentMethodInline(MethodColumns, ReadOnlyInline):
    model = StripePaymentMethod
    verbose_name_plural = _("Newest payment methods")
    fields = ("made", "expires", "saved")
    readonly_fields = fields
    select_related = ("customer",)


@admin.register(StripeCustomer)
class StripeCustomerAdmin(CustomerPage, MadeColumn, asking.AskingAdmin, ReadOnlyAdmin):
    questions = (LIFT, ERASE)
    list_display = ("short_id", "made", "person", "email", "condition")
    list_filter = (ProblemFilter, ModeFilter, "created_at", ("created_at", DateRange))
    list_select_related = ("user",)
    search_help_text = _("Id, link, or part of the user's name or e-mail address")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("user_link", "email", "stripe_id", "dashboard", "block")}),
        (_("Money"), {"fields": ("totals", "payments", "newest_refunds", "newest_disputes")}),
        (
            _("Details"),
            {
                "classes": ("collapse",),
                "fields": (
                    "default_method",
                    "generation",
                    "livemode",
                    "account",
                    "deleted_at",
                    "erased_at",
                    "as_of",
                    "version",
                    "created_at",
                    "updated_at",
                ),
            },
        ),
    )
    readonly_fields = tuple(name for _title, options in fieldsets for name in options["fields"])
    inlines = (PaymentHistoryInline, PaymentMethodInline)

    def get_urls(self) -> list[URLPattern]:
        return [make_export_url(self), *super().get_urls()]

    @admin.display(description=_("Stripe id"), ordering="stripe_customer_id")
    def stripe_id(self, customer: StripeCustomer) -> str:
        return columns.stripe_id(customer.stripe_customer_id)

    @admin.display(description=_("Stripe id"))
    def short_id(self, customer: StripeCustomer) -> str:
        return shorten_id(customer.stripe_customer_id)

    @admin.display(description=_("condition"))
    def condition(self, customer: StripeCustomer) -> str:
        if customer.erased_at is not None:
            return gettext("erased")
        return gettext("deleted at Stripe") if customer.deleted_at is not None else ""

    @admin.display(description=_("at Stripe"))
    def dashboard(self, customer: StripeCustomer) -> str:
        return columns.dashboard_link(
            "customers", customer.stripe_customer_id, livemode=customer.livemode
        )

    @admin.display(description=_("user"))
    def person(self, customer: StripeCustomer) -> str:
        return columns.owner(customer)

    @admin.display(description=_("e-mail"))
    def email(self, customer: StripeCustomer) -> str:
        return columns.mask_email_of(customer.user)

    @admin.display(description=_("default payment method"))
    def default_method(self, customer: StripeCustomer) -> str:
        return columns.link(customer.default_payment_method)
