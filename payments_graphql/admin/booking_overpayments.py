"""Shows how much is overpaid for a booking, and refunds it."""

from typing import Any

from django import forms
from django.db.models import Prefetch, QuerySet, Value, prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import AbstractBooking, StripePaymentIntent, balance
from ..policy import Person, get_policy
from ..services.overpayments import refund_overpayment
from . import columns
from .asking import Question


def with_payments(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Loads the payments of the shown rows, so that they can be added up. In SQL, the sums of all
    rows before a page would be computed, too."""
    return bookings.prefetch_related(*_list_prefetches())


def load_payments(booking: AbstractBooking) -> None:
    prefetch_related_objects([booking], *_list_prefetches())


def _list_prefetches() -> tuple[Any, ...]:
    intents = StripePaymentIntent.objects.filter(status__in=balance.BRING_MONEY)
    return (
        Prefetch("payment_intents", intents.select_related("customer").order_by()),
        "payment_intents__refunds",
        "payment_intents__disputes",
    )


def without_sums(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """While the account of the current keys is not known."""
    marked: QuerySet[Any] = bookings.annotate(is_unsummed=Value(True))
    return marked


def is_unsummed(booking: Any) -> bool:
    return bool(getattr(booking, "is_unsummed", False))


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
