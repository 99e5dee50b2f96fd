"""Why an action on a payment is not possible now."""

from collections.abc import Callable

from django.utils.translation import gettext

from ...errors import PaymentError
from ...models import StripePaymentIntent
from ...operations import refuse_others
from ...services.available_actions import Action, check_state


def find_state_refusal(action: Action, intent: StripePaymentIntent) -> PaymentError | None:
    try:
        check_state(action, intent)
    except PaymentError as error:
        return error
    return None


def is_in_state(action: Action) -> Callable[[StripePaymentIntent], bool]:
    return lambda intent: find_state_refusal(action, intent) is None


def explain_state(action: Action) -> Callable[[StripePaymentIntent], str]:
    def explain(intent: StripePaymentIntent) -> str:
        refusal = find_state_refusal(action, intent)
        return refusal.message if refusal else ""

    return explain


def explain_reading(intent: StripePaymentIntent) -> str:
    """Why it cannot be read from Stripe. Empty if it can."""
    if not intent.stripe_payment_intent_id:
        return gettext("Stripe has not accepted this payment yet.")
    try:
        refuse_others(intent)
    except PaymentError as error:
        return error.message
    return ""
