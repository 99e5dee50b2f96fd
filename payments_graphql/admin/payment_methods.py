from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import StripePaymentMethod
from ..payment_method_types import list_saved_types
from . import columns
from .date_ranges import DateRange
from .known_values import filter_by
from .list_columns import MethodColumns, shorten_id
from .modes import ModeFilter
from .read_only import ReadOnlyAdmin

_BRANDS = (
    ("amex", "American Express"),
    ("cartes_bancaires", "Cartes Bancaires"),
    ("diners", "Diners Club"),
    ("discover", "Discover"),
    ("eftpos_au", "Eftpos Australia"),
    ("jcb", "JCB"),
    ("mastercard", "Mastercard"),
    ("unionpay", "UnionPay"),
    ("visa", "Visa"),
)
"""https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-brand"""


@admin.register(StripePaymentMethod)
class StripePaymentMethodAdmin(MethodColumns, ReadOnlyAdmin):
    list_display = ("card", "made", "expires", "saved", "person", "short_id")
    list_filter = (
        "is_attached",
        ("type", filter_by(list_saved_types)),
        ("brand", filter_by(lambda: _BRANDS)),
        ModeFilter,
        "created_at",
        ("created_at", DateRange),
    )
    list_select_related = ("customer__user",)
    search_help_text = _("Stripe id (pm_... or cus_...), last four digits, e-mail address or name")
    fields = (
        "stripe_payment_method_id",
        "card",
        "expires",
        "funding",
        "country",
        "saved",
        "advice_code",
        "advised_at",
        "customer_link",
        "livemode",
        "account",
        "as_of",
        "version",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields

    @admin.display(description=_("Stripe id"))
    def short_id(self, method: StripePaymentMethod) -> str:
        return shorten_id(method.stripe_payment_method_id)

    @admin.display(description=_("card"))
    def card(self, method: StripePaymentMethod) -> str:
        return str(method)

    @admin.display(description=_("user"))
    def person(self, method: StripePaymentMethod) -> str:
        return columns.owner(method.customer)

    @admin.display(description=_("customer"))
    def customer_link(self, method: StripePaymentMethod) -> str:
        return columns.link(method.customer)
