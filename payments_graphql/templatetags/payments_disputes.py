"""The evidence of a dispute, in the order of its reason."""

from typing import Any

from django import template

from ..dispute_advice import Advice, advise
from ..models import StripeDispute

register = template.Library()


@register.simple_tag
def advice_for(dispute: StripeDispute) -> Advice:

    return advise(dispute.reason)


@register.simple_tag
def evidence_groups(form: Any, dispute: StripeDispute) -> dict[str, Any]:
    """`more` is open if something in it is filled in or wrong, so that nothing is sent unseen."""
    from ..admin.dispute_form import group_evidence

    first, more = (form.list_rows(names) for names in group_evidence(dispute.reason))
    is_open = any(row.field.errors or row.file or row.field.value() for row in more)
    return {"first": first, "more": more, "more_is_open": is_open}
