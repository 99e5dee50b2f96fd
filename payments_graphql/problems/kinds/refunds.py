from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from ... import money, people
from ...models import RefundRequest, RefundStatus, StripeRefund
from ..kind import Action, Kind, Level, Rows


def _list_failed() -> QuerySet[Any]:
    """Failed refunds, unless the payment was refunded again or staff returned the money in another
    way."""
    again = StripeRefund.objects.filter(
        payment_intent=OuterRef("payment_intent"),
        status__in=RefundStatus.reserving(),
        created_at__gt=OuterRef("created_at"),
    )
    return StripeRefund.objects.ours().filter(
        ~Exists(again), status=RefundStatus.FAILED, failure_settled_at=None
    )


def _list_to_approve() -> QuerySet[Any]:
    return RefundRequest.objects.ours().waiting()


def _describe_failed(refund: StripeRefund) -> str:
    amount = money.format_amount(refund.amount, refund.currency)
    why = f" ({refund.failure_reason})" if refund.failure_reason else ""
    return f"refund {refund.stripe_refund_id} of {amount} failed{why}: the customer got nothing"


def _describe_request(request: RefundRequest) -> str:
    amount = money.format_amount(request.amount, request.currency)
    asker = people.describe_actor(request.actor, request.user)
    return f"refund of {amount}, requested by {asker}, waits for a second person"


FAILED = Kind(
    slug="failed_refunds",
    title=_("failed refunds"),
    level=Level.WARNING,
    hint=_(
        "The money came back to your balance. Refund the payment again, or return the money in "
        "another way and say so on the page of the refund."
    ),
    rows=(
        Rows(
            StripeRefund,
            _list_failed,
            _describe_failed,
            "created_at",
            "",
            F("amount"),
            F("currency"),
        ),
    ),
    action=Action("settle_failure", _("Say how it was returned"), "refund_payment"),
)

TO_APPROVE = Kind(
    slug="refunds_to_approve",
    title=_("refunds that need approval"),
    level=Level.WARNING,
    hint=_("A second person approves or rejects each one."),
    rows=(
        Rows(
            RefundRequest,
            _list_to_approve,
            _describe_request,
            "created_at",
            "expires_at",
            F("amount"),
            F("currency"),
            load=lambda requests: requests.select_related("user"),
        ),
    ),
    is_routine=True,
    action=Action("approve", _("Decide"), "approve_refund", depends_on_person=True),
)
