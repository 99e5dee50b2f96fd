"""The page that asks before a refund is canceled."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import RefundStatus, StripeRefund
from ..policy import Person, get_policy
from ..services import refunds
from .asking import Question


class CancelForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Cancel the refund. The customer does not get the money."))


def _may_cancel(person: Person, refund: StripeRefund) -> bool:
    return get_policy().may_cancel_refund(person, refund)


def _is_cancelable(refund: StripeRefund) -> bool:
    return bool(refund.stripe_refund_id) and refund.status in RefundStatus.cancelable()


def _cancel(request: HttpRequest, refund: StripeRefund, values: dict[str, Any]) -> str:
    del values
    refunds.cancel_refund(refund=refund, user=request.user)
    return gettext('The status of the refund is now "%(status)s".') % {
        "status": refund.get_status_display().lower()
    }


CANCEL = Question(
    name="cancel",
    title=_("Cancel a refund"),
    template="admin/payments_graphql/striperefund/cancel.html",
    form=CancelForm,
    may=_may_cancel,
    is_offered=_is_cancelable,
    not_offered=_("This refund can no longer be canceled."),
    act=_cancel,
    facts=(
        (_("Refund"), "stripe_id"),
        (_("Status"), "status"),
        (_("Amount"), "total"),
        (_("Payment"), "payment"),
        (_("User"), "person"),
    ),
)
