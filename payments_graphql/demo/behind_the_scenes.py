"""The webhooks that arrived for a payment, and its state at Stripe."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from payments_graphql import stripe_client
from payments_graphql.log_redaction import strip_secrets
from payments_graphql.models import StripePaymentIntent, StripeWebhookEvent

from .signing_in import get_user

_MOST_EVENTS = 50


@never_cache
@require_safe
@transaction.non_atomic_requests
def behind_the_scenes(request: HttpRequest, stripe_id: str) -> JsonResponse:
    """Only for its owner, only in development, and without secrets."""
    payments = StripePaymentIntent.objects.for_user(get_user(request))
    intent = payments.filter(stripe_payment_intent_id=stripe_id).first()
    if intent is None:
        raise Http404("You have no such payment.")
    return JsonResponse({"webhooks": _list_events(intent), "stripe": _fetch_state(stripe_id)})


def _list_events(intent: StripePaymentIntent) -> list[dict[str, Any]]:
    """The events of the payment, its charge, its refunds and its disputes, newest first."""
    ids = [
        intent.stripe_payment_intent_id,
        intent.latest_charge_id,
        *intent.refunds.values_list("stripe_refund_id", flat=True),
        *intent.disputes.values_list("stripe_dispute_id", flat=True),
    ]
    events = StripeWebhookEvent.objects.ours().filter(object_id__in=filter(None, ids))
    return [
        {
            "id": event.event_id,
            "type": event.type,
            "state": event.state,
            "reason": event.reason,
            "error": event.error,
            "source": event.source,
            "receivedAt": event.received_at,
            "processedAt": event.processed_at,
            "payload": strip_secrets(event.payload),
        }
        for event in events.order_by("-stripe_created", "-received_at")[:_MOST_EVENTS]
    ]


def _fetch_state(stripe_id: str) -> Any:
    try:
        return strip_secrets(stripe_client.retrieve_payment_intent(stripe_id).object)
    except stripe_client.StripeCallError as error:
        return {"error": str(error)}
