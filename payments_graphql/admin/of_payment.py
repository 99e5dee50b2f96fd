"""The common columns of refunds, requests for refunds, and disputes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import RefundRequest, StripeDispute, StripePaymentIntent, StripeRefund
from ..policy import may_view
from . import columns
from .list_columns import link_short, shorten_id, with_note
from .read_only import ReadOnlyAdmin

type _OfPayment = StripeRefund | StripeDispute | RefundRequest


class OfPaymentAdmin(ReadOnlyAdmin):
    """The columns for the amount, the payment and the payer."""

    list_select_related = ("payment_intent__customer__user",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Without links to payments for those who may not view them."""
        names = tuple(map(str, super().get_list_display(request)))
        if may_view(request.user, StripePaymentIntent):
            return names
        return tuple("payment_unlinked" if one == "payment_of" else one for one in names)

    @admin.display(description=_("amount"))
    def total(self, row: _OfPayment) -> str:
        return columns.format_amount(row.amount, row.currency)

    @admin.display(description=_("payment"))
    def payment(self, row: _OfPayment) -> str:
        return columns.link(row.payment_intent)

    @admin.display(description=_("payment"))
    def payment_of(self, row: StripeRefund | StripeDispute) -> Any:
        """For lists: the payment and who paid it."""
        return with_note(link_short(row.payment_intent), self.person(row))

    @admin.display(description=_("payment"))
    def payment_unlinked(self, row: StripeRefund | StripeDispute) -> Any:
        return with_note(shorten_id(row.payment_intent.stripe_payment_intent_id), self.person(row))

    @admin.display(description=_("user"))
    def person(self, row: _OfPayment) -> str:
        return columns.owner(row.payment_intent.customer)
