"""The page that asks before a refund is taken back."""

from typing import Any

from django import forms
from django.http import HttpRequest

from ..models import RefundStatus, StripeRefund
from ..policy import Person, get_policy
from ..services import refunds
from .asking import Question


class CancelForm(forms.Form):
    is_sure = forms.BooleanField(label="Cancel it: the customer gets nothing back.")


def _may_cancel(person: Person, refund: StripeRefund) -> bool:
    return get_policy().may_cancel_refund(person, refund)


def _is_cancelable(refund: StripeRefund) -> bool:
    return bool(refund.stripe_refund_id) and refund.status in RefundStatus.cancelable()


def _cancel(request: HttpRequest, refund: StripeRefund, values: dict[str, Any]) -> str:
    del values
    refunds.cancel_refund(refund=refund, user=request.user)
    return f"Refund: {refund.get_status_display()}."


CANCEL = Question(
    name="cancel",
    title="Cancel a refund",
    template="admin/payments_graphql/striperefund/cancel.html",
    form=CancelForm,
    may=_may_cancel,
    is_offered=_is_cancelable,
    not_offered="This refund can no longer be canceled.",
    act=_cancel,
    facts={
        "Refund": "stripe_id",
        "Status": "status",
        "Amount": "total",
        "Payment": "payment",
        "User": "person",
    },
)
