"""The form of a booking."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import money
from ..errors import PaymentError
from ..models import AbstractBooking, Booking
from ..services.bookings import refuse_other_currency

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelForm = forms.ModelForm[AbstractBooking]
else:
    _ModelForm = forms.ModelForm


class BookingForm(_ModelForm):
    """Staff enter the price in major units. The row stores minor units."""

    price = forms.DecimalField(label=_("Price"))

    class Meta:
        model = Booking  # replaced in the admin of a site's own model
        fields = ("reference", "user", "description", "currency", "canceled_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_of_nobody = self.instance.user_id is None and self.instance.former_user
        if "user" in self.fields and is_of_nobody:  # it can still be canceled
            self.fields["user"].required = False
        if self.instance.amount is not None:
            self.initial["price"] = self.instance.price

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            values["currency"] = money.normalize_currency(values.get("currency", ""))
            if self.initial.get("currency") not in (None, values["currency"]):
                refuse_other_currency(self.instance)
            price: Decimal | None = values.get("price")
            if price is not None:
                self.instance.amount = money.to_minor_units(price, values["currency"])
        except PaymentError as error:
            self.add_error("currency" if error.path == ("currency",) else "price", error.message)
        return values
