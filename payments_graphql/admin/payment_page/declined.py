"""Why the last attempt to pay failed, for staff: see `declines` for what customers are told."""

from dataclasses import dataclass

from django.utils.translation import gettext

from ... import declines
from ...models import StripePaymentIntent, StripeSetupIntent
from .. import columns
from .words import describe_code

__all__ = ["Decline", "describe_decline"]


@dataclass(frozen=True)
class Decline:
    reason: str
    advice: str
    retry: str
    secrecy: str


def describe_decline(intent: StripePaymentIntent | StripeSetupIntent) -> Decline | None:
    """None if no attempt has failed, or if the customer has paid since."""
    error = intent.last_error
    if not error or intent.is_terminal:
        return None
    code = error.get("decline_code") or error.get("code") or ""
    advice_code = error.get("advice_code") or ""
    message = columns.mask(error.get("message") or "")
    reason = describe_code(code) if code else message
    if code and message and code not in declines.CONFIDENTIAL:
        reason = gettext("%(reason)s (Stripe: “%(message)s”)") % {
            "reason": reason,
            "message": message,
        }
    secrecy = (
        gettext("Do not tell the customer this reason. Say that the bank declined the card.")
        if code in declines.CONFIDENTIAL
        else ""
    )
    return Decline(
        reason, declines.advise(code, advice_code), _describe_retry(code, advice_code), secrecy
    )


def _describe_retry(code: str, advice_code: str) -> str:
    """https://docs.stripe.com/declines/card#retrying-issuer-declines"""
    if advice_code == declines.DO_NOT_TRY_AGAIN or code in declines.CONFIDENTIAL:
        return gettext("Do not charge this card again.")
    if advice_code == "try_again_later":
        return gettext("The same card can be tried again later.")
    if advice_code == "confirm_card_data":
        return gettext("The same card can be tried again with corrected details.")
    if code in declines.NEED_THE_CUSTOMER:
        return gettext("The same card works only with the customer present.")
    return gettext("Stripe does not say whether the same card can be tried again.")
