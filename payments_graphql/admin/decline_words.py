"""Why attempts to pay failed, in words for staff, who see the real reason."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: dict[str, str | Promise] = {
    "authentication_required": _("The bank asks for authentication"),
    "card_not_supported": _("Card not supported"),
    "card_velocity_exceeded": _("Limit of the card reached"),
    "do_not_honor": _("Refused by the bank"),
    "expired_card": _("Card expired"),
    "fraudulent": _("Suspected fraud"),
    "generic_decline": _("Declined without a reason"),
    "incorrect_cvc": _("Wrong security code"),
    "incorrect_number": _("Wrong card number"),
    "insufficient_funds": _("Insufficient funds"),
    "lost_card": _("Card reported lost"),
    "payment_intent_authentication_failure": _("Authentication failed"),
    "processing_error": _("Error while processing"),
    "stolen_card": _("Card reported stolen"),
}


def describe_decline(code: str) -> str:
    """Stripe adds codes, so an unknown one is shown as it reads."""
    return str(_WORDS.get(code) or code.replace("_", " ").capitalize())
