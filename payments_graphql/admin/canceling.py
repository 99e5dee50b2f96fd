"""Asks before a payment is canceled."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripePaymentIntent
from ..policy import Person, get_policy
from ..services.available_actions import Action
from ..services.payment_intents import cancel_payment_intent
from . import asking, columns
from .asking import KeyedForm, Question
from .payment_page.refusals import explain_state, is_in_state
from .payment_page.words import CANCELLATION_REASONS


class CancelForm(KeyedForm):
    reason = forms.ChoiceField(
        required=False,
        label=_("Reason"),
        choices=[("", _("Not given")), *CANCELLATION_REASONS.items()],
    )


def _may_cancel(person: Person, intent: StripePaymentIntent) -> bool:
    return get_policy().may_cancel(person, intent)


def _describe(intent: StripePaymentIntent) -> list[str]:
    if intent.is_authorized:
        amount = columns.format_amount(intent.amount_capturable, intent.currency)
        sentences = [
            gettext("%(amount)s is released to the customer. Nothing is charged.")
            % {"amount": amount}
        ]
    else:
        amount = columns.format_amount(intent.amount, intent.currency)
        sentences = [
            gettext("The customer can no longer pay %(amount)s with this payment.")
            % {"amount": amount}
        ]
    if intent.booking_id is not None:
        sentences.append(gettext("The booking stays due. The customer can start a new payment."))
    return [*sentences, gettext("This cannot be undone.")]


def _cancel(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> str:
    canceled = cancel_payment_intent(
        payment_intent=intent,
        reason=values["reason"],
        idempotency_key=values["idempotency_key"],
        user=request.user,
    )
    return gettext('The status of the payment is now "%(status)s".') % {
        "status": canceled.get_status_display().lower()
    }


CANCEL = Question(
    name="cancel",
    title=_("Cancel a payment"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=CancelForm,
    may=_may_cancel,
    is_offered=is_in_state(Action.CANCEL),
    not_offered=explain_state(Action.CANCEL),
    act=_cancel,
    consequences=_describe,
    get_initial=lambda request, intent: dict(asking.make_key()),
    button=_("Cancel the payment"),
    refused=_("The payment was not canceled."),
    facts=(
        (_("Payment"), "stripe_id"),
        (_("User"), "person"),
        (_("Booking"), "booking_link"),
        (_("Status"), "status"),
        (_("Amount"), "total"),
    ),
)
