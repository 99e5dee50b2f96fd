from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from ... import money
from ...models import DisputeStatus, StripeDispute
from ..kind import Action, Kind, Level, Rows


def _list_to_answer() -> QuerySet[Any]:
    return StripeDispute.objects.ours().filter(status__in=DisputeStatus.awaiting_response())


def _describe(dispute: StripeDispute) -> str:
    amount = money.format_amount(dispute.amount, dispute.currency)
    due = dispute.evidence_due_by
    until = f" until {due:%Y-%m-%d %H:%M} UTC" if due else ""
    return f"dispute {dispute.stripe_dispute_id} of {amount} waits for an answer{until}"


TO_ANSWER = Kind(
    slug="disputes_to_answer",
    title=_("disputes to answer"),
    level=Level.WARNING,
    hint=_("Answer or accept each one before its evidence is due. Otherwise it is lost."),
    rows=(
        Rows(
            StripeDispute,
            _list_to_answer,
            _describe,
            "created_at",
            "evidence_due_by",
            F("amount"),
            F("currency"),
        ),
    ),
    is_routine=True,
    action=Action("answer", _("Answer it"), "manage_disputes"),
)
