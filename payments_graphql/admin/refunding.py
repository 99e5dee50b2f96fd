"""The page that asks before a payment is refunded.

It has its own view, since Django's change form runs in a transaction. See Note [No transaction
around Stripe].
"""

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..errors import ApprovalRequiredError, PaymentError
from ..models import RefundReason, StripePaymentIntent
from ..policy import get_policy
from ..services import refunds
from ..services.available_actions import Action, find_refusal
from . import asking, columns
from .read_only import ReadOnlyAdmin
from .refund_advice import describe_rules, find_suggested_amount

URL_NAME = "payments_graphql_stripepaymentintent_refund"
_TEMPLATE = "admin/payments_graphql/stripepaymentintent/refund.html"
_FACTS = (
    (_("Payment"), "stripe_id"),
    (_("User"), "person"),
    (_("Booking"), "booking_link"),
    (_("Received"), "received"),
    (_("Refunded"), "refunded"),
    (_("Left to refund"), "refundable"),
)


_MEANINGS = {
    "": _(
        "Default: a partial refund lowers the price; a full refund, a duplicate or fraud does not"
    ),
    "yes": _("Lower the price: the refunded amount is not due again"),
    "no": _("Keep the price: the refunded amount is due again"),
}
_REDUCES = {"": None, "yes": True, "no": False}


class RefundForm(forms.Form):
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
    # Created with the page, so that a double click or a reload refunds only once.
    idempotency_key = forms.CharField(max_length=255, widget=forms.HiddenInput)

    def __init__(
        self,
        *arguments: Any,
        intent: StripePaymentIntent,
        rules: Sequence[str] = (),
        **values: Any,
    ) -> None:
        """`rules` says what the person may refund without approval. Empty: any amount."""
        super().__init__(*arguments, **values)
        amount = self.fields["amount"]
        amount.label = gettext("Amount in %(currency)s") % {"currency": intent.currency}
        amount.help_text = " ".join((str(amount.help_text), *rules))
        if not rules:
            del self.fields["request_approval"]
        if intent.booking_id is None:
            del self.fields["meaning"]


def is_offered(request: HttpRequest, intent: StripePaymentIntent) -> bool:
    return find_refusal(Action.REFUND, intent, request.user) is None


def make_view(model_admin: ReadOnlyAdmin) -> Callable[..., HttpResponse]:
    @transaction.non_atomic_requests
    def refund_view(request: HttpRequest, object_id: uuid.UUID) -> HttpResponse:
        intent = get_object_or_404(model_admin.get_queryset(request), pk=object_id)
        if not model_admin.has_view_permission(request, intent):
            raise PermissionDenied
        if not get_policy().may_refund(request.user, intent):
            raise PermissionDenied
        rules = describe_rules(request.user, intent.currency)
        if request.method == "POST":
            form = RefundForm(request.POST.dict(), intent=intent, rules=rules)
            done = _refund(form, intent, request)
            if done is not None:
                if not done.is_repeated:
                    model_admin.log_change(request, intent, done.text)
                messages.success(request, done.text)
                return asking.back_to(intent)
        elif refusal := find_refusal(Action.REFUND, intent, request.user):
            messages.warning(request, refusal.message)
            return asking.back_to(intent)
        else:
            suggested = find_suggested_amount(request.user, intent)
            left = money.to_decimal(suggested, intent.currency)
            initial = {"amount": left, "idempotency_key": _new_key()}
            form = RefundForm(initial=initial, intent=intent, rules=rules)
        context = asking.make_context(
            model_admin, request, intent, form, gettext("Refund a payment"), _FACTS
        )
        return TemplateResponse(request, _TEMPLATE, context)

    return refund_view


@dataclass(frozen=True)
class _Done:
    text: str
    is_repeated: bool


def _refund(form: RefundForm, intent: StripePaymentIntent, request: HttpRequest) -> _Done | None:
    """Returns None if the refund was rejected. The form then says why."""
    if not form.is_valid():
        return None
    values = form.cleaned_data
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
    except ApprovalRequiredError as error:
        return _Done(error.message, is_repeated=False)
    except PaymentError as error:
        asking.add_error(form, error)
        if not error.retryable:
            # The old key would repeat this error. If the result is not known, the key stays.
            form.data = {**form.data, "idempotency_key": _new_key()}
        return None
    text = gettext('The status of the refund of %(amount)s is now "%(status)s".') % {
        "amount": columns.format_amount(refund.amount, refund.currency),
        "status": refund.get_status_display().lower(),
    }
    return _Done(text, replayed)


def _new_key() -> str:
    return secrets.token_urlsafe(24)
