"""Tells staff on the refund page what they may refund on their own."""

from django.utils.translation import gettext

from ..models import StripePaymentIntent
from ..policy import Person, get_policy
from ..services.refund_limits import Allowance, find_allowance
from .columns import format_amount

__all__ = ["describe_rules", "find_suggested_amount"]


def describe_rules(person: Person, currency: str) -> list[str]:
    """Sentences. None if the person may refund any amount."""
    found = []
    allowance = find_allowance(person, currency)
    if allowance is not None:
        found.append(_describe(allowance))
    above = get_policy().get_refund_approval_amount(person, currency)
    if above is not None:
        text = (
            gettext("A second person must approve more than %(amount)s of a payment.")
            if above
            else gettext("A second person must approve every refund in %(currency)s.")
        )
        found.append(text % {"amount": format_amount(above, currency), "currency": currency})
    return found


def _describe(allowance: Allowance) -> str:
    if not allowance.rule:
        text = gettext("You cannot refund %(currency)s without approval.")
    else:
        text = gettext("You can refund %(left)s without approval. Your limit is %(limits)s.")
    return text % {
        "currency": allowance.currency,
        "left": format_amount(allowance.left, allowance.currency),
        "limits": allowance.describe_limits(),
    }


def find_suggested_amount(person: Person, intent: StripePaymentIntent) -> int:
    """All that is left, or as much of it as the person may refund. Minor units."""
    left = intent.amount_refundable
    allowance = find_allowance(person, intent.currency)
    return min(left, allowance.left) if allowance and allowance.left else left
