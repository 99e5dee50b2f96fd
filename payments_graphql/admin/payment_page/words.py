"""Stripe's codes in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import columns

__all__ = ["CANCELLATION_REASONS", "describe_cancellation", "describe_code"]

CANCELLATION_REASONS: Mapping[str, str | Promise] = {
    "duplicate": _("Duplicate"),
    "fraudulent": _("Fraudulent"),
    "requested_by_customer": _("Requested by the customer"),
    "abandoned": _("Abandoned"),
}
_MORE_CANCELLATIONS: Mapping[str, str | Promise] = {
    "automatic": _("canceled by Stripe"),
    "expired": _("the authorization has expired"),
    "failed_invoice": _("the invoice was not paid"),
    "void_invoice": _("the invoice was voided"),
}
_CODES: Mapping[str, str | Promise] = {
    "authentication_required": _("the bank requires the customer's confirmation"),
    "payment_intent_authentication_failure": _("the customer did not confirm the payment"),
    "setup_intent_authentication_failure": _("the customer did not confirm the card"),
    "card_declined": _("declined by the bank"),
    "charge_exceeds_source_limit": _("the amount is above the limit of the payment method"),
    "do_not_honor": _("the bank gives no reason"),
    "expired_card": _("the card has expired"),
    "expired_or_canceled_card": _("the card has expired or was canceled"),
    "fraudulent": _("Stripe or the bank suspects fraud"),
    "generic_decline": _("the bank gives no reason"),
    "incorrect_cvc": _("the security code is wrong"),
    "incorrect_number": _("the card number is wrong"),
    "incorrect_zip": _("the postal code is wrong"),
    "insufficient_funds": _("the card does not have enough funds"),
    "lost_card": _("the card is reported as lost"),
    "lost_or_stolen_card": _("the card is reported as lost or stolen"),
    "merchant_request": _("it was canceled at Stripe"),
    "pickup_card": _("the card is reported as lost or stolen"),
    "processing_error": _("the bank had a technical problem"),
    "stolen_card": _("the card is reported as stolen"),
}


def describe_code(code: str) -> str:
    """A reason of Stripe or of a bank. An unknown code is shown with blanks: `card_not_supported`
    is "card not supported"."""
    known = _CODES.get(code)
    return str(known) if known is not None else columns.mask(code.replace("_", " "))


def describe_cancellation(reason: str) -> str:
    known = CANCELLATION_REASONS.get(reason) or _MORE_CANCELLATIONS.get(reason)
    return str(known).lower() if known is not None else describe_code(reason)


_DISPUTES: Mapping[str, str | Promise] = {
    "bank_cannot_process": _("the customer's bank cannot process the payment"),
    "credit_not_processed": _("the customer expected a refund"),
    "customer_initiated": _("the customer asked the bank"),
    "duplicate": _("the customer says they paid twice"),
    "fraudulent": _("the cardholder says they did not pay"),
    "general": _("no reason given"),
    "incorrect_account_details": _("the account details were wrong"),
    "insufficient_funds": _("the account does not have enough funds"),
    "product_not_received": _("the customer says they did not get the service"),
    "product_unacceptable": _("the customer says the service was not as described"),
    "subscription_canceled": _("the customer says they canceled a subscription"),
    "unrecognized": _("the cardholder does not recognize the payment"),
}


def join_sentences(sentences: list[str]) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def describe_dispute_reason(reason: str) -> str:
    """https://docs.stripe.com/disputes/categories"""
    known = _DISPUTES.get(reason)
    if known is not None:
        return str(known)
    return describe_code(reason) if reason else gettext("no reason given")
