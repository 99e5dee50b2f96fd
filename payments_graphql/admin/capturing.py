"""Asks before an authorized amount is captured, and says what is released."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import StripePaymentIntent
from ..policy import Person, get_policy
from ..services.available_actions import Action, check_capture, get_capturable
from ..services.payment_intents import capture_payment_intent
from . import asking, columns
from .asking import KeyedForm, Preview, Question
from .payment_page.refusals import explain_state, is_in_state


class CaptureForm(KeyedForm):
    amount = forms.CharField(
        required=False,
        max_length=40,
        help_text=_(
            "A payment can be captured once. If you capture a part, the rest is released to the "
            "customer."
        ),
    )

    def __init__(
        self, *arguments: Any, row: StripePaymentIntent, person: Person, **values: Any
    ) -> None:
        del person
        super().__init__(*arguments, **values)
        self.fields["amount"].label = gettext("Amount in %(currency)s") % {"currency": row.currency}


def _may_capture(person: Person, intent: StripePaymentIntent) -> bool:
    return get_policy().may_capture(person, intent)


def _get_initial(request: HttpRequest, intent: StripePaymentIntent) -> dict[str, Any]:
    most = money.to_decimal(get_capturable(intent), intent.currency)
    return {"amount": most, **asking.make_key()}


def _preview(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Preview:
    currency = intent.currency
    wanted = money.to_minor_units(values["amount"], currency) if values["amount"] else None
    check_capture(intent, wanted)
    amount = intent.amount_capturable if wanted is None else wanted
    shown = columns.format_amount(amount, currency)
    sentences = [gettext("The customer pays %(amount)s.") % {"amount": shown}]
    rest = intent.amount_capturable - amount
    if rest > 0:
        released = columns.format_amount(rest, currency)
        sentences.append(
            gettext(
                "The rest of %(amount)s is released to the customer. It cannot be captured later."
            )
            % {"amount": released}
        )
    return Preview(
        consequences=sentences,
        button=gettext("Capture %(amount)s") % {"amount": shown},
        values={"amount": str(money.to_decimal(amount, currency))},
    )


def _capture(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> str:
    captured = capture_payment_intent(
        payment_intent=intent,
        amount=values["amount"] or None,
        idempotency_key=values["idempotency_key"],
        user=request.user,
    )
    return gettext('Captured %(amount)s. The status of the payment is now "%(status)s".') % {
        "amount": columns.format_amount(captured.amount_received, captured.currency),
        "status": captured.get_status_display().lower(),
    }


CAPTURE = Question(
    name="capture",
    title=_("Capture a payment"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=CaptureForm,
    of_row=True,
    may=_may_capture,
    is_offered=is_in_state(Action.CAPTURE),
    not_offered=explain_state(Action.CAPTURE),
    act=_capture,
    preview=_preview,
    get_initial=_get_initial,
    button=_("Continue"),
    refused=_("Nothing was captured."),
    facts=(
        (_("Payment"), "stripe_id"),
        (_("User"), "person"),
        (_("Booking"), "booking_link"),
        (_("Amount"), "total"),
        (_("Authorized"), "capturable"),
        (_("Authorized until"), "capture_before"),
    ),
)
