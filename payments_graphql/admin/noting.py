"""Adds a note to a payment."""

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import MAXIMUM_NOTE, StripePaymentIntent
from ..policy import get_policy
from ..services import notes
from .asking import Done, Question


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=MAXIMUM_NOTE,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 80}),
        help_text=_(
            "Other staff see it on the page of the payment. It cannot be changed. The customer "
            "does not see it, but can ask for all data stored about them."
        ),
    )
    # Made with the page, so that a double click or a reload adds one note.
    id = forms.UUIDField(widget=forms.HiddenInput)


def explain(intent: StripePaymentIntent) -> str:
    refusal = notes.find_note_refusal(intent)
    return refusal.message if refusal else ""


def _add(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Done:
    notes.add_note(payment_intent=intent, text=values["text"], user=request.user, id=values["id"])
    return Done(gettext("The note was added."), is_logged=False)  # the note says who added it


NOTE = Question(
    name="note",
    title=_("Add a note"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=NoteForm,
    may=lambda person, intent: get_policy().may_add_note(person, intent),
    is_offered=lambda intent: not explain(intent),
    not_offered=explain,
    act=_add,
    get_initial=lambda request, intent: {"id": uuid.uuid4()},
    button=_("Add the note"),
    refused=_("The note was not added."),
    facts=((_("Payment"), "stripe_id"), (_("Amount"), "total"), (_("Booking"), "booking_link")),
)
