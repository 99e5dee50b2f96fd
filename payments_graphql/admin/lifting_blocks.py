"""The page that asks before a block for suspected card testing is lifted."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import StripeCustomer
from ..policy import Person, get_policy
from ..services import card_testing
from .asking import Question

_KNOWN = "_payments_block"


class LiftForm(forms.Form):
    is_sure = forms.BooleanField(label=_("Let this customer pay again now."))


def find_block(customer: StripeCustomer) -> datetime | None:
    """When the block ends, read once for a page. None without a block."""
    known = vars(customer)
    if _KNOWN not in known:
        known[_KNOWN] = card_testing.get_blocked_until(customer)
    return known[_KNOWN]  # type: ignore[no-any-return]  # set above


def _may_lift(person: Person, customer: StripeCustomer) -> bool:
    return get_policy().may_lift_block(person, customer)


def _lift(request: HttpRequest, customer: StripeCustomer, values: dict[str, Any]) -> str:
    del values
    card_testing.lift_block(customer=customer, user=request.user)
    return gettext("The block was lifted. The customer can pay again.")


LIFT = Question(
    name="lift_block",
    title=_("Lift the block"),
    template="admin/payments_graphql/stripecustomer/lift_block.html",
    form=LiftForm,
    may=_may_lift,
    is_offered=lambda customer: find_block(customer) is not None,
    not_offered=_("This customer is not blocked."),
    act=_lift,
    facts=(
        (_("Customer"), "stripe_id"),
        (_("User"), "person"),
        (_("Card testing"), "block"),
    ),
)
