"""The common columns of refunds, requests for refunds, and disputes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import RefundRequest, StripeDispute, StripeRefund
from . import columns, figure_links
from .read_only import ReadOnlyAdmin

type _OfPayment = StripeRefund | StripeDispute | RefundRequest


class OfPaymentAdmin(ReadOnlyAdmin):
    """The columns for the amount, the payment and the payer."""

    list_select_related = ("payment_intent__customer__user",)
    linked_lookups = ("stripe_refund_id__isnull", *figure_links.LOOKUPS)

    @admin.display(description=_("amount"))
    def total(self, row: _OfPayment) -> str:
        return columns.format_amount(row.amount, row.currency)

    @admin.display(description=_("payment"))
    def payment(self, row: _OfPayment) -> str:
        return columns.link(row.payment_intent)

    @admin.display(description=_("user"))
    def person(self, row: _OfPayment) -> str:
        return columns.owner(row.payment_intent.customer)
