"""Reads a payment from Stripe now.

Everyone who may view payments may do this: it changes nothing at Stripe and decides nothing. It
only brings our copy up to date, as the next webhook or the regular check would. The person who sees
a wrong status while the customer is on the telephone needs it most.
"""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import NoteKind, StripePaymentIntent
from ..services import notes
from ..services.payment_intents import sync_payment_intent
from .asking import Done, Question
from .payment_page.refusals import explain_reading


def _read(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Done:
    del values
    before = (intent.status, intent.version)
    read = sync_payment_intent(intent)
    notes.record_action(read, kind=NoteKind.READ, user=request.user)
    if read.status != before[0]:
        text = gettext('Read from Stripe. The status of the payment is now "%(status)s".') % {
            "status": read.get_status_display().lower()
        }
    elif read.version != before[1]:
        text = gettext("Read from Stripe. The payment was brought up to date.")
    else:
        text = gettext("Read from Stripe. Nothing has changed.")
    return Done(text)


READ = Question(
    name="read",
    title=_("Read from Stripe"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=forms.Form,
    may=lambda person, intent: True,  # who may view it: see above
    is_offered=lambda intent: not explain_reading(intent),
    not_offered=explain_reading,
    act=_read,
    consequences=lambda intent: [
        gettext("The payment, its refunds and its card are read from Stripe, and updated here.")
    ],
    button=_("Read from Stripe"),
    refused=_("The payment was not read."),
    facts=(
        (_("Payment"), "stripe_id"),
        (_("Status"), "status"),
        (_("As of"), "as_of"),
    ),
)
