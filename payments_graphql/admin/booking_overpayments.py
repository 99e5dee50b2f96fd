"""Bookings that were paid above their price: finding them, and giving the rest back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpRequest

from ..models import (
    Booking,
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)
from ..policy import Person, has_permission
from ..services.overpayments import refund_overpayment
from . import columns
from .asking import Question


class OverpaidFilter(admin.SimpleListFilter):
    """`AbstractBooking.amount_overpaid` as SQL."""

    title = "overpaid"
    parameter_name = "overpaid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking]:
        if self.value() != "yes":
            return queryset
        priced = Q(canceled_at__isnull=True, kept__gt=F("amount"))
        return queryset.annotate(kept=_sum_kept()).filter(
            priced | Q(canceled_at__isnull=False, kept__gt=0)
        )


def _sum_kept() -> Coalesce:
    refunded = StripeRefund.objects.filter(
        payment_intent=OuterRef("pk"), status__in=RefundStatus.reserving()
    )
    lost = StripeDispute.objects.filter(payment_intent=OuterRef("pk"), status=DisputeStatus.LOST)
    kept = StripePaymentIntent.objects.filter(
        booking_id=OuterRef("pk"), status=PaymentIntentStatus.SUCCEEDED
    ).annotate(
        kept=Greatest(
            F("amount_received") - _sum(refunded, "payment_intent") - _sum(lost, "payment_intent"),
            0,
        )
    )
    return _sum(kept, "booking", "kept")


def _sum(rows: QuerySet[Any], group: str, name: str = "amount") -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(name)).values("total")
    return Coalesce(Subquery(total), 0)


class RefundOverpaymentForm(forms.Form):
    is_sure = forms.BooleanField(label="Give back what was paid too much.")


def _may_refund(person: Person, booking: Booking) -> bool:
    del booking
    return has_permission(person, "add_striperefund")


def _refund(request: HttpRequest, booking: Booking, values: dict[str, Any]) -> str:
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
