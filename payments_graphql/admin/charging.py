"""Asks before a saved card is charged while the customer is away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import declines
from ..errors import CardError, InvalidStateError, PaymentError
from ..models import StripePaymentIntent, StripePaymentMethod
from ..policy import Person, get_policy
from ..services import saved_card_charging as charging
from . import asking, columns
from .asking import Done, KeyedForm, Question


class ChargeForm(KeyedForm):
    card = forms.ChoiceField(label=_("Saved card"), widget=forms.RadioSelect)
    # What the page showed: see `charge_saved_card`.
    amount = forms.IntegerField(widget=forms.HiddenInput)
    with_new_payment = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *arguments: Any, row: StripePaymentIntent, person: Person, **values: Any
    ) -> None:
        del person
        super().__init__(*arguments, **values)
        self._cards = {str(card.pk): card for card in charging.list_saved_cards(row)}
        card = self.fields["card"]
        assert isinstance(card, forms.ChoiceField)
        card.choices = [(pk, _describe_card(card)) for pk, card in self._cards.items()]

    def clean_card(self) -> StripePaymentMethod:
        return self._cards[self.cleaned_data["card"]]


def _describe_card(card: StripePaymentMethod) -> str:
    words = [card.label]
    if card.exp_month and card.exp_year:
        text = gettext("expired %(date)s") if card.is_expired else gettext("expires %(date)s")
        words.append(text % {"date": f"{card.exp_month:02}/{card.exp_year}"})
    if card.is_default:
        words.append(gettext("the customer's default"))
    if card.advice_code == declines.DO_NOT_TRY_AGAIN:
        words.append(gettext("the bank asked not to charge it again"))
    return ", ".join(words)


def _may_charge(person: Person, intent: StripePaymentIntent) -> bool:
    return get_policy().may_charge_off_session(person, intent)


def find_refusal(intent: StripePaymentIntent) -> PaymentError | None:
    """Why no card can be charged, apart from permissions."""
    refusal = charging.find_charge_refusal(intent)
    if refusal is None and not charging.list_saved_cards(intent):
        return InvalidStateError(gettext("The customer has no saved card."))
    return refusal


def _explain(intent: StripePaymentIntent) -> str:
    refusal = find_refusal(intent)
    return refusal.message if refusal else ""


def _describe(intent: StripePaymentIntent) -> list[str]:
    values = {"amount": _format_amount(intent)}
    is_hold = intent.capture_method == "manual"
    sentences = [
        gettext("The card is authorized for %(amount)s now, without the customer.")
        if is_hold
        else gettext("The card is charged %(amount)s now, without the customer.")
    ]
    if charging.needs_new_payment(intent):
        sentences.append(
            gettext("A new payment for the same booking is made.")
            if intent.booking_id
            else gettext("A new payment for the same amount is made.")
        )
    sentences.append(gettext("Only do this if the customer has agreed to it."))
    return [sentence % values for sentence in sentences]


def _format_amount(intent: StripePaymentIntent) -> str:
    return columns.format_amount(charging.get_amount_to_charge(intent), intent.currency)


def _get_initial(request: HttpRequest, intent: StripePaymentIntent) -> dict[str, Any]:
    cards = charging.list_saved_cards(intent)
    return {
        "card": cards[0].pk if len(cards) == 1 else None,
        "amount": charging.get_amount_to_charge(intent),
        "with_new_payment": charging.needs_new_payment(intent),
        **asking.make_key(),
    }


def _charge(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Done:
    charged = charging.charge_saved_card(
        payment_intent=intent,
        payment_method=values["card"],
        amount=values["amount"],
        with_new_payment=values["with_new_payment"],
        idempotency_key=values["idempotency_key"],
        user=request.user,
    )
    made = charged.payment_intent
    said = {
        "amount": columns.format_amount(made.amount, made.currency),
        "card": values["card"].label,
        "payment": made.stripe_payment_intent_id,
        "status": made.get_status_display().lower(),
    }
    if charged.refusal is None:
        text = gettext('Charged %(amount)s to %(card)s. The status of %(payment)s is "%(status)s".')
        return Done(text % said, row=made)
    said["reason"] = _explain_refusal(charged.refusal)
    if charged.refusal.retryable:
        text = gettext("It is not known yet whether %(card)s was charged. %(reason)s")
        return Done(text % said, row=made, level=messages.WARNING)
    text = gettext("%(amount)s could not be charged to %(card)s. %(reason)s")
    return Done(text % said, row=made, level=messages.ERROR)


def _explain_refusal(error: PaymentError) -> str:
    advice = error.advice if isinstance(error, CardError) else ""
    return f"{error.message} {advice}".strip()


CHARGE = Question(
    name="charge",
    title=_("Charge a saved card"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=ChargeForm,
    of_row=True,
    may=_may_charge,
    is_offered=lambda intent: find_refusal(intent) is None,
    not_offered=_explain,
    act=_charge,
    consequences=_describe,
    get_initial=_get_initial,
    button=_("Charge the card"),
    refused=_("Nothing was charged."),
    facts=(
        (_("Payment"), "stripe_id"),
        (_("User"), "person"),
        (_("Booking"), "booking_link"),
        (_("Status"), "status"),
        (_("Amount"), "total"),
    ),
)
