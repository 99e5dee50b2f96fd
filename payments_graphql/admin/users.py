"""Links from the page of a user to their payments."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..errors import ProviderError
from ..models import StripeCustomer
from ..policy import may_view

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object


class PaymentsOfUserMixin(_ModelAdmin):
    """For the admin of any user model: adds a section with links to the payments.

        @admin.register(User)
        class MyUserAdmin(PaymentsOfUserMixin, UserAdmin): ...

    People see it who may view customers.
    """

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not may_view(request.user, StripeCustomer):
            return fieldsets
        return (*fieldsets, (_("Payments"), {"fields": ("payments_of_user",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "payments_of_user")

    @admin.display(description=_("payments"))
    def payments_of_user(self, user: Any) -> SafeString | str:
        return show_payments_of(user)


def show_payments_of(user: Any) -> SafeString | str:
    """Links to the customers of a user and their payments, also for a column of your own."""
    try:
        customers = list(StripeCustomer.objects.for_user(user).order_by("-generation"))
        listed = reverse("admin:payments_graphql_stripepaymentintent_changelist")
    except ProviderError as error:  # the account of the current keys is not known yet
        return error.message
    except NoReverseMatch:
        return ""
    if not customers:
        return gettext("No payments yet")
    links = (
        (
            reverse("admin:payments_graphql_stripecustomer_change", args=(customer.pk,)),
            customer.stripe_customer_id or gettext("new customer"),
            format_html(
                '<a href="{}?customer__id__exact={}">{}</a>',
                listed,
                customer.pk,
                gettext("All payments"),
            ),
        )
        for customer in customers
    )
    return format_html_join(", ", '<a href="{}">{}</a> ({})', links)
