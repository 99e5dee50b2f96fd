"""Bookings that were paid above their price: finding them, and giving the rest back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import BigIntegerField, F, Q, QuerySet, Value
from django.http import HttpRequest

from ..models import AbstractBooking, balance, list_unchecked_bookings
from ..policy import Person, has_permission
from ..services.overpayments import refund_overpayment
from . import columns
from .asking import Question


class OverpaidFilter(admin.SimpleListFilter):
    """`AbstractBooking.amount_overpaid`, by the same rules as SQL. See Note [Sums of money]."""

    title = "overpaid"
    parameter_name = "overpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        # The mark narrows it to a few, by an index. See Note [Unchecked rows].
        return queryset.filter(Q(overpaid_in_list__gt=0), pk__in=list_unchecked_bookings())


def with_overpaid(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Raises `ProviderError` while it is not known which account's payments are to be added up."""
    counted: QuerySet[Any] = balance.with_sums(bookings).annotate(
        overpaid_in_list=F("sum_overpaid")
    )
    return counted


def without_overpaid(bookings: QuerySet[Any]) -> QuerySet[Any]:
    unknown = Value(None, output_field=BigIntegerField())
    uncounted: QuerySet[Any] = bookings.annotate(overpaid_in_list=unknown)
    return uncounted


class RefundOverpaymentForm(forms.Form):
    is_sure = forms.BooleanField(label="Give back what was paid too much.")


def _may_refund(person: Person, booking: AbstractBooking) -> bool:
    del booking
    return has_permission(person, "add_striperefund")


def _refund(request: HttpRequest, booking: AbstractBooking, values: dict[str, Any]) -> str:
    del values
    made = refund_overpayment(booking=booking, user=request.user)
    if not made:
        return "Nothing is overpaid any more."
    amounts = ", ".join(columns.format_amount(one.amount, one.currency) for one in made)
    return f"Refunded: {amounts}."


REFUND = Question(
    name="refund_overpayment",
    title="Refund what was overpaid",
    template="admin/payments_graphql/booking/refund_overpayment.html",
    form=RefundOverpaymentForm,
    may=_may_refund,
    is_offered=lambda booking: booking.amount_overpaid > 0,
    not_offered="Nothing is overpaid.",
    act=_refund,
    facts={
        "Booking": "reference",
        "User": "person",
        "Price": "total",
        "Canceled": "canceled_at",
        "Paid": "paid",
        "Overpaid": "overpaid",
    },
)
