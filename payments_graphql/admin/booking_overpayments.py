"""Shows how much is overpaid for a booking, and refunds it."""

from typing import Any

from django import forms
from django.db.models import BigIntegerField, F, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import AbstractBooking, StripePaymentIntent, balance
from ..policy import Person, get_policy
from ..services.overpayments import refund_overpayment
from . import columns
from .asking import Question


def with_overpaid(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Raises `ProviderError` while the account of the current keys is not known."""
    counted: QuerySet[Any] = balance.with_sums(bookings).annotate(
        overpaid_in_list=F("sum_overpaid")
    )
    return counted


def without_overpaid(bookings: QuerySet[Any]) -> QuerySet[Any]:
    unknown = Value(None, output_field=BigIntegerField())
    uncounted: QuerySet[Any] = bookings.annotate(overpaid_in_list=unknown)
    return uncounted


class RefundOverpaymentForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Refund the overpaid amount."))


def _may_refund(person: Person, booking: AbstractBooking) -> bool:
    may = get_policy().may_refund
    payments = StripePaymentIntent.objects.filter(booking_id=booking.pk).select_related("customer")
    return any(may(person, intent) for intent in payments)


def _refund(request: HttpRequest, booking: AbstractBooking, values: dict[str, Any]) -> str:
    del values
    made = refund_overpayment(booking=booking, user=request.user)
    if not made:
        return gettext("Nothing is overpaid anymore.")
    amounts = ", ".join(columns.format_amount(one.amount, one.currency) for one in made)
    return gettext("Refunded: %(amounts)s.") % {"amounts": amounts}


REFUND = Question(
    name="refund_overpayment",
    title=_("Refund overpayment"),
    template="admin/payments_graphql/booking/refund_overpayment.html",
    form=RefundOverpaymentForm,
    may=_may_refund,
    is_offered=lambda booking: booking.amount_overpaid > 0,
    not_offered=_("Nothing is overpaid."),
    act=_refund,
    facts=(
        (_("Booking"), "reference"),
        (_("User"), "person"),
        (_("Price"), "total"),
        (_("Canceled"), "canceled_at"),
        (_("Paid"), "paid"),
        (_("Overpaid"), "overpaid"),
    ),
)
