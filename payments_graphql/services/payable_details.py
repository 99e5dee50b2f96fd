from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import operations, stripe_client
from ..models import StripePaymentIntent

__all__ = ["PayableDetails", "fetch_payable_details"]


@dataclass(frozen=True)
class PayableDetails:
    """What only Stripe knows and we never store."""

    client_secret: str = field(repr=False)
    next_action: Mapping[str, Any] | None = field(repr=False)


def fetch_payable_details(payment_intent: StripePaymentIntent) -> PayableDetails:
    """The client secret and next action, read from Stripe: neither is ever stored."""
    answer = operations.read(
        stripe_client.retrieve_payment_intent, str(payment_intent.stripe_payment_intent_id)
    )
    return PayableDetails(answer.object["client_secret"], answer.object.get("next_action"))
