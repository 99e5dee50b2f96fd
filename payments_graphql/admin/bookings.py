from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from .. import money
from ..errors import PaymentError
from ..models import Booking
from . import columns
from .customers import PaymentHistoryInline

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = admin.ModelAdmin[Booking]
    _ModelForm = forms.ModelForm[Booking]
else:
    _ModelAdmin = admin.ModelAdmin
    _ModelForm = forms.ModelForm


class BookingForm(_ModelForm):
    """People write the price in major units; the row counts in minor ones."""

    price = forms.DecimalField()

    class Meta:
        model = Booking
        fields = ("reference", "user", "description", "currency", "canceled_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.amount is not None:
            self.initial["price"] = self.instance.price

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            values["currency"] = money.normalize_currency(values.get("currency", ""))
            price: Decimal | None = values.get("price")
            if price is not None:
                self.instance.amount = money.to_minor_units(price, values["currency"])
        except PaymentError as error:
            self.add_error("currency" if error.path == ("currency",) else "price", error.message)
        return values


class BookingAdmin(_ModelAdmin):
    form = BookingForm
    list_display = ("reference", "total", "person", "text", "canceled_at", "created_at")
    list_filter = ("currency", ("canceled_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "created_at"
    search_fields = ("reference__exact", "user__username", "user__email")
    search_help_text = "Reference, or a part of the user's name or e-mail address"
    fields = (
        "reference",
        "user",
        "description",
        "price",
        "currency",
        "canceled_at",
        "paid",
        "due",
        "created_at",
    )
    readonly_fields = ("paid", "due", "created_at")
    raw_id_fields = ("user",)
    inlines = (PaymentHistoryInline,)

    @admin.display(description="price", ordering="amount")
    def total(self, booking: Booking) -> str:
        return columns.format_amount(booking.amount, booking.currency)

    @admin.display(description="user")
    def person(self, booking: Booking) -> str:
        return columns.mask(booking.user)

    @admin.display(description="description")
    def text(self, booking: Booking) -> str:
        return columns.mask(booking.description)

    @admin.display(description="paid")
    def paid(self, booking: Booking) -> str:
        return self._format(booking, "amount_paid")

    @admin.display(description="due")
    def due(self, booking: Booking) -> str:
        return self._format(booking, "amount_due")

    def _format(self, booking: Booking, name: str) -> str:
        """A booking that is being added has no payments to add up."""
        if booking.amount is None:
            return "-"
        return columns.format_amount(getattr(booking, name), booking.currency)


if not Booking._meta.swapped:
    admin.site.register(Booking, BookingAdmin)
