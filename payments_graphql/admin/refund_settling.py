"""The page that asks before a failed refund counts as settled."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import RefundStatus, StripeRefund
from ..policy import Person, get_policy
from ..services.failed_refunds import settle_failed_refund
from .asking import Question


class SettleForm(forms.Form):
    is_sure = forms.BooleanField(
        label=_("The customer got the money in another way. No money is moved now.")
    )


def _may_settle(person: Person, refund: StripeRefund) -> bool:
    return get_policy().may_refund(person, refund.payment_intent)


def _needs_somebody(refund: StripeRefund) -> bool:
    return refund.status == RefundStatus.FAILED and refund.failure_settled_at is None


def _settle(request: HttpRequest, refund: StripeRefund, values: dict[str, Any]) -> str:
    del values
    settle_failed_refund(refund=refund, user=request.user)
    return gettext("The failed refund counts as settled.")


SETTLE = Question(
    name="settle_failure",
    title=_("Settle a failed refund"),
    template="admin/payments_graphql/striperefund/settle_failure.html",
    form=SettleForm,
    may=_may_settle,
    is_offered=_needs_somebody,
    not_offered=_("This refund has not failed, or is settled already."),
    act=_settle,
    facts=(
        (_("Refund"), "stripe_id"),
        (_("Status"), "status"),
        (_("Amount"), "total"),
        (_("Why it failed"), "failure_reason"),
        (_("Payment"), "payment"),
        (_("User"), "person"),
    ),
)
