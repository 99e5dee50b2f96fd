from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeCustomer, StripePaymentMethod
from ..payment_method_types import list_saved_types
from . import columns, searching
from .known_values import filter_by
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
class StripePaymentMethodAdmin(ReadOnlyAdmin):
    list_display = (
        "stripe_payment_method_id",
        "card",
        "expires",
        "is_attached",
        "default",
        "person",
        "livemode",
        "created_at",
    )
    list_filter = (
        "is_attached",
        ("type", filter_by(list_saved_types)),
        ("brand", filter_by(lambda: _BRANDS)),
        ModeFilter,
        "created_at",
    )
    list_select_related = ("customer__user",)
    search_help_text = _(
        "Stripe id (pm_... or cus_...), or part of the user's name or e-mail address"
    )
    fields = (
        "stripe_payment_method_id",
        "card",
        "expires",
        "funding",
        "country",
        "is_attached",
        "advice_code",
        "advised_at",
        "default",
        "customer_link",
        "livemode",
        "account",
        "as_of",
        "version",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields

    def find(self, term: str) -> Q:
        if term.startswith("pm_"):
            return Q(stripe_payment_method_id=term)
        pk = searching.parse_uuid(term)
        if pk:
            return Q(pk=pk)
        customers = StripeCustomer.objects.filter(searching.find_customers(term))
        return Q(customer_id__in=list(customers.values_list("pk", flat=True)))

    @admin.display(description=_("card"))
    def card(self, method: StripePaymentMethod) -> str:
        return str(method)

    @admin.display(description=_("expires"))
    def expires(self, method: StripePaymentMethod) -> str:
        if method.exp_month is None or method.exp_year is None:
            return "-"
        text = f"{method.exp_month:02}/{method.exp_year}"
        return f"{text} ({gettext('expired')})" if method.is_expired else text

    @admin.display(description=_("default"), boolean=True)
    def default(self, method: StripePaymentMethod) -> bool:
        return method.is_default

    @admin.display(description=_("user"))
    def person(self, method: StripePaymentMethod) -> str:
        return columns.owner(method.customer)

    @admin.display(description=_("customer"))
    def customer_link(self, method: StripePaymentMethod) -> str:
        return columns.link(method.customer)
