"""Why a card was declined, and what the customer can do. https://docs.stripe.com/declines/codes"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

GENERIC: Final = "generic_decline"

CONFIDENTIAL: Final = frozenset({"fraudulent", "lost_card", "merchant_blacklist", "stolen_card"})
"""Stripe asks to show these as `generic_decline`. A thief would learn which cards are reported as
stolen, and an honest customer would feel accused. Staff see the real code."""

_ANOTHER_CARD = _("Try another card.")
_BANK = _("Try another card or contact your bank.")
_LATER = _("Try again in a moment. If the payment fails again, try another card.")
_PIN = _("This card requires a PIN, which you cannot enter online. Try another card.")

_AUTHENTICATION = (
    "authentication_required authentication_not_handled mobile_device_authentication_required"
)
NEED_THE_CUSTOMER: Final = frozenset(_AUTHENTICATION.split())
"""The bank asks the customer to confirm, so that nobody else can pay with the card."""

# Grouped by the next step that Stripe recommends.
_GROUPS: tuple[tuple[str | Promise, str], ...] = (
    (
        _BANK,
        """
        call_issuer do_not_honor generic_decline invalid_account invalid_amount
        new_account_information_available no_action_taken not_permitted pickup_card restricted_card
        revocation_of_all_authorizations revocation_of_authorization security_violation
        service_not_allowed stop_payment_order transaction_not_allowed
        withdrawal_count_limit_exceeded card_velocity_exceeded do_not_try_again
        fraudulent lost_card merchant_blacklist stolen_card
    """,
    ),
    (_LATER, "approve_with_id issuer_not_available processing_error reenter_transaction"),
    (_("Try again in a moment."), "try_again_later"),
    (_("Try another card, or try this card again tomorrow."), "card_decline_rate_limit_exceeded"),
    (_ANOTHER_CARD, "card_not_supported"),
    (_("This card does not support the currency. Try another card."), "currency_not_supported"),
    (_("Try another card, or try again when this card has enough funds."), "insufficient_funds"),
    (_("This card has expired. Try another card."), "expired_card"),
    (_("Check the card number and try again."), "incorrect_number invalid_number"),
    (_("Check the security code and try again."), "incorrect_cvc invalid_cvc"),
    (_("Check the expiration date and try again."), "invalid_expiry_month invalid_expiry_year"),
    (_("Check the postal code and try again."), "incorrect_zip"),
    (_("Check the address and try again."), "incorrect_address"),
    (_("Check whether you have already paid before you try again."), "duplicate_transaction"),
    (
        _PIN,
        """
        incorrect_pin invalid_pin offline_pin_required online_or_offline_pin_required
        pin_try_exceeded
    """,
    ),
    (_("This is a test card. Try a real card."), "testmode_decline"),
    (
        _(
            "The bank requires the customer's confirmation. Ask the customer to return to the "
            "page, and confirm the payment there with Stripe.js and the client secret."
        ),
        _AUTHENTICATION,
    ),
)
_ADVICE = {code: advice for advice, codes in _GROUPS for code in codes.split()}

DO_NOT_TRY_AGAIN: Final = "do_not_try_again"
"""Card networks fine sites that ignore this advice."""

ADVICE_CODES: Final = (DO_NOT_TRY_AGAIN, "try_again_later", "confirm_card_data")

_BY_ADVICE_CODE: dict[str, str | Promise] = {
    DO_NOT_TRY_AGAIN: _ANOTHER_CARD,
    "confirm_card_data": _("Check the card number, the security code and the expiration date."),
}

# Stripe's own sentences, which `gettext` finds in a catalog.
_STRIPES_MESSAGES = (
    gettext_noop("Your card was declined."),
    gettext_noop("Your card has been declined."),
    gettext_noop("Your card has insufficient funds."),
    gettext_noop("Your card has expired."),
    gettext_noop("Your card's security code is incorrect."),
    gettext_noop("Your card number is incorrect."),
    gettext_noop("Your card does not support this type of purchase."),
    gettext_noop("An error occurred while processing your card. Try again in a little bit."),
)


def list_known_codes() -> list[str]:
    return sorted(_ADVICE)


def advise(code: str, advice_code: str = "") -> str:
    """What the customer can do, as a message. For an unknown code: contact the bank.

    If the code is vague, the network's `advice_code` is used.
    https://docs.stripe.com/declines/card#retrying-issuer-declines
    """
    is_vague = _ADVICE.get(code, _BANK) is _BANK and as_shown(code) != GENERIC
    advice = _BY_ADVICE_CODE.get(advice_code) if is_vague else None
    return str(advice or _ADVICE.get(code, _BANK))


def show_advice_code(code: str, advice_code: str) -> str:
    """The advice code to show to the customer. Empty for a generic decline, to hide the real
    code."""
    return "" if as_shown(code) == GENERIC else advice_code


def as_shown(code: str) -> str:
    """The code to show to the customer."""
    return GENERIC if code in CONFIDENTIAL else code


def explain(code: str, message: str) -> str:
    """Stripe's `message` in the customer's language. It reveals only the code that is shown.

    https://docs.stripe.com/error-handling#payment-errors
    """
    if code in CONFIDENTIAL or not message:
        return gettext("Your card was declined.")
    return gettext(message)
