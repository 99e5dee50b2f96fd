"""Asks before a payment is refunded, and shows what the refund means before it is made."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..errors import ApprovalRequiredError
from ..models import RefundReason, StripePaymentIntent, StripeRefund, balance
from ..policy import Person, get_policy
from ..services import refunds
from ..services.available_actions import Action
from . import asking, columns
from .asking import Done, KeyedForm, Preview, Question
from .payment_page.refusals import explain_state, is_in_state
from .refund_advice import describe_rules, find_suggested_amount

_MEANINGS = {
    "": _(
        "Default: a partial refund lowers the price; a full refund, a duplicate or fraud does not"
    ),
    "yes": _("Lower the price: the refunded amount is not due again"),
    "no": _("Keep the price: the refunded amount is due again"),
}
_REDUCES = {"": None, "yes": True, "no": False}


class RefundForm(KeyedForm):
    amount = forms.CharField(
        required=False, max_length=40, help_text=_("Leave empty to refund everything that is left.")
    )
    reason = forms.ChoiceField(
        required=False,
        label=_("Reason"),
        choices=[("", _("Not given")), *RefundReason.choices],
    )
    description = forms.CharField(
        required=False,
        label=_("Description"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
    meaning = forms.ChoiceField(
        required=False,
        label=_("Price of the booking"),
        choices=list(_MEANINGS.items()),
        help_text=_("An overpaid amount is refunded first. It does not change the price."),
    )

    request_approval = forms.BooleanField(
        required=False, label=_("Ask a second person to approve this refund.")
    )

    def __init__(
        self, *arguments: Any, row: StripePaymentIntent, person: Person, **values: Any
    ) -> None:
        super().__init__(*arguments, **values)
        rules = describe_rules(person, row.currency)
        amount = self.fields["amount"]
        amount.label = gettext("Amount in %(currency)s") % {"currency": row.currency}
        amount.help_text = " ".join((str(amount.help_text), *rules))
        if not rules:
            del self.fields["request_approval"]
        if row.booking_id is None:
            del self.fields["meaning"]


def _may_refund(person: Person, intent: StripePaymentIntent) -> bool:
    return get_policy().may_refund(person, intent)


def _get_initial(request: HttpRequest, intent: StripePaymentIntent) -> dict[str, Any]:
    suggested = find_suggested_amount(request.user, intent)
    return {"amount": money.to_decimal(suggested, intent.currency), **asking.make_key()}


def _preview(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Preview:
    found = refunds.preview_refund(
        payment_intent=intent,
        amount=values["amount"] or None,
        reason=values["reason"],
        description=values["description"],
        reduces_amount_due=_REDUCES[values.get("meaning", "")],
        user=request.user,
        request_approval=values.get("request_approval", False),
    )
    shown = columns.format_amount(found.amount, intent.currency)
    return Preview(
        consequences=[
            *_describe_approval(found),
            *_describe_money(intent, found.amount),
            *_describe_booking(intent, found),
        ],
        button=(
            gettext("Ask to refund %(amount)s")
            if found.needs_approval
            else gettext("Refund %(amount)s")
        )
        % {"amount": shown},
        values={"amount": str(money.to_decimal(found.amount, intent.currency))},
    )


def _describe_approval(refund: refunds.RefundPreview) -> list[str]:
    if not refund.needs_approval:
        return []
    return [gettext("A second person must approve this refund first. Nothing is refunded before.")]


def _describe_money(intent: StripePaymentIntent, amount: int) -> list[str]:
    rest = balance.sum_payment(intent).standing - amount
    shown = columns.format_amount(amount, intent.currency)
    sentences = [gettext("The customer gets %(amount)s.") % {"amount": shown}]
    if rest > 0:
        left = columns.format_amount(rest, intent.currency)
        sentences.append(gettext("%(amount)s of the payment stay.") % {"amount": left})
    else:
        sentences.append(gettext("Nothing of the payment stays."))
    return sentences


def _describe_booking(intent: StripePaymentIntent, refund: refunds.RefundPreview) -> list[str]:
    """See Note [What a refund means]."""
    booking = intent.booking
    if booking is None:
        return []
    if not balance.counts(intent, booking):
        return [gettext("The payment does not count for the booking, so its price stays.")]
    sums = booking.sum_up()
    cost = max(sums.cost - refund.reduction, 0)
    price = columns.format_amount(cost, booking.currency)
    if cost < sums.cost:
        sentences = [gettext("The booking's price falls to %(price)s.") % {"price": price}]
    else:
        sentences = [gettext("The booking's price stays %(price)s.") % {"price": price}]
    due = max(cost - (sums.paid - refund.amount), 0)
    if due > 0:
        owed = columns.format_amount(due, booking.currency)
        sentences.append(gettext("The customer then owes %(amount)s.") % {"amount": owed})
    return sentences


def _refund(request: HttpRequest, intent: StripePaymentIntent, values: dict[str, Any]) -> Done:
    try:
        refund, replayed = refunds.create_refund(
            payment_intent=intent,
            amount=values["amount"] or None,
            reason=values["reason"],
            description=values["description"],
            reduces_amount_due=_REDUCES[values.get("meaning", "")],
            idempotency_key=values["idempotency_key"],
            user=request.user,
            request_approval=values.get("request_approval", False),
        )
    except ApprovalRequiredError as required:
        return Done(required.message)
    return Done(_describe_result(refund), is_logged=not replayed)


def _describe_result(refund: StripeRefund) -> str:
    return gettext('The status of the refund of %(amount)s is now "%(status)s".') % {
        "amount": columns.format_amount(refund.amount, refund.currency),
        "status": refund.get_status_display().lower(),
    }


REFUND = Question(
    name="refund",
    title=_("Refund a payment"),
    template="admin/payments_graphql/payment_page/ask.html",
    form=RefundForm,
    of_row=True,
    may=_may_refund,
    is_offered=is_in_state(Action.REFUND),
    not_offered=explain_state(Action.REFUND),
    act=_refund,
    preview=_preview,
    get_initial=_get_initial,
    button=_("Continue"),
    refused=_("The refund was not made."),
    facts=(
        (_("Payment"), "stripe_id"),
        (_("User"), "person"),
        (_("Booking"), "booking_link"),
        (_("Received"), "received"),
        (_("Refunded"), "refunded"),
        (_("Left to refund"), "refundable"),
    ),
)
