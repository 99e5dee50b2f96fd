"""Who saw the personal data of a customer: in Django's log, in ours, and on the payment's page."""

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest

from ...logs import get_logger
from ...models import NoteKind, StripePaymentIntent
from ...operations import actor_of
from ...services import notes

__all__ = ["log_reveal"]

logger = get_logger(__name__)


def log_reveal(
    model_admin: "ModelAdmin[StripePaymentIntent]",
    request: HttpRequest,
    intent: StripePaymentIntent,
) -> None:
    model_admin.log_change(request, intent, str(NoteKind.REVEAL.label))
    notes.record_action(intent, kind=NoteKind.REVEAL, user=request.user)
    logger.info(
        "personal_data_seen",
        actor=actor_of(request.user),
        payment_intent=str(intent.pk),
        customer=str(intent.customer_id),
    )
