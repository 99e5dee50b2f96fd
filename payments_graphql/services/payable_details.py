from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .. import operations, stripe_client
from ..errors import InvalidStateError
from ..models import StripePaymentIntent
from .bookings import is_outdated

__all__ = ["PayableDetails", "fetch_payable_details", "read_payable_details"]


@dataclass(frozen=True)
class PayableDetails:
    """Data that only Stripe has and that is never stored."""

    client_secret: str = field(repr=False)
    next_action: Mapping[str, Any] | None = field(repr=False)


def fetch_payable_details(payment_intent: StripePaymentIntent) -> PayableDetails:
    """The client secret and the next action, read from Stripe. They are never stored.

    Raises `InvalidStateError` for an outdated open payment: see Note [A payment has an owner].
    """
    operations.refuse_others(payment_intent)
    # Read again, since the caller's copy and its booking can be outdated.
    current = StripePaymentIntent.objects.select_related("customer", "booking").get(
        pk=payment_intent.pk
    )
    if current.is_payable and is_outdated(current, current.booking):
        raise InvalidStateError(
            _("This payment is outdated. Create a new one."),
            path=("paymentIntentId",),
            current_status=current.status,
        )
    return read_payable_details(payment_intent)


def read_payable_details(payment_intent: StripePaymentIntent) -> PayableDetails:
    """Like `fetch_payable_details`, for a payment that was already checked."""
    answer = operations.read(
        stripe_client.retrieve_payment_intent, str(payment_intent.stripe_payment_intent_id)
    )
    return PayableDetails(answer.object["client_secret"], answer.object.get("next_action"))
