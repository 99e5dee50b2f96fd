"""Stripe's test cards and what each one does: https://docs.stripe.com/testing."""

import hashlib
import string
from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "on_request", "always", "until_set_up"]
# Stripe's reasons, and an inquiry: the bank asks before it takes any money.
Dispute = Literal[
    "fraudulent",
    "product_not_received",
    "product_unacceptable",
    "duplicate",
    "credit_not_processed",
    "subscription_canceled",
    "inquiry",
]
RefundFate = Literal["succeeds", "settles_later", "fails_later", "asks_customer"]

_ALPHABET = string.digits + string.ascii_letters


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a card is declined, as shown by the error and the failed charge."""

    code: str
    decline_code: str
    message: str
    advice_code: str | None = None
    param: str | None = None
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class TestCard:
    """One card number.

    `attaches` is true for cards that are declined only when they are charged. Payments with a card
    that `is_available_at_once` skip the pending balance. A card that `is_reported` gets an early
    fraud warning from its bank.
    """

    __test__ = False  # not a test case, whatever its name suggests to pytest

    number: str
    names: tuple[str, ...]
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    attaches: bool = True
    authentication: Authentication = "never"
    refund: RefundFate = "succeeds"
    dispute: Dispute | None = None
    is_reported: bool = False
    is_available_at_once: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint: always the same for the same number, as at Stripe."""
        digest = int.from_bytes(hashlib.sha256(self.number.encode()).digest())
        return "".join(_ALPHABET[digest // 62**place % 62] for place in range(16))


_GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.", "try_again_later")
_INSUFFICIENT_FUNDS = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds.", "try_again_later"
)
_LOST = Decline("card_declined", "lost_card", "Your card was declined.", "do_not_try_again")
_STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.", "do_not_try_again")
_EXPIRED = Decline(
    "expired_card", "expired_card", "Your card has expired.", "confirm_card_data", "exp_month"
)
_INCORRECT_CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    "confirm_card_data",
    "cvc",
)
_PROCESSING_ERROR = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    "try_again_later",
)
_FRAUDULENT = Decline("card_declined", "fraudulent", "Your card was declined.", is_blocked=True)

DECLINES = {
    decline.decline_code: decline
    for decline in (
        _GENERIC,
        _INSUFFICIENT_FUNDS,
        _LOST,
        _STOLEN,
        _EXPIRED,
        _INCORRECT_CVC,
        _PROCESSING_ERROR,
        _FRAUDULENT,
    )
}
"""By decline code: https://docs.stripe.com/declines/codes."""

AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. For a list "
    "of valid test cards, visit: https://stripe.com/docs/testing.",
)


def _refused(number: str, decline: Decline, *names: str) -> TestCard:
    return TestCard(number, names, decline=decline, attaches=False)


CARDS = (
    TestCard("4242424242424242", ("visa", "us")),
    TestCard("4000000000000077", ("bypassPending",), is_available_at_once=True),
    TestCard("4000056655665556", ("visa_debit",), funding="debit"),
    TestCard("5555555555554444", ("mastercard",), brand="mastercard"),
    TestCard("5200828282828210", ("mastercard_debit",), brand="mastercard", funding="debit"),
    TestCard("5105105105105100", ("mastercard_prepaid",), brand="mastercard", funding="prepaid"),
    TestCard("378282246310005", ("amex",), brand="amex"),
    TestCard("6011111111111117", ("discover",), brand="discover"),
    TestCard("3056930009020004", ("diners",), brand="diners"),
    TestCard("3566002020360505", ("jcb",), brand="jcb", country="JP"),
    TestCard("6200000000000005", ("unionpay",), brand="unionpay", country="CN"),
    _refused("4000000000000002", _GENERIC, "chargeDeclined", "visa_chargeDeclined"),
    _refused(
        "4000000000009995",
        _INSUFFICIENT_FUNDS,
        "visa_chargeDeclinedInsufficientFunds",
        "chargeDeclinedInsufficientFunds",
    ),
    _refused("4000000000009987", _LOST, "visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"),
    _refused(
        "4000000000009979", _STOLEN, "visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"
    ),
    _refused(
        "4000000000000069", _EXPIRED, "chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"
    ),
    _refused(
        "4000000000000127",
        _INCORRECT_CVC,
        "chargeDeclinedIncorrectCvc",
        "visa_chargeDeclinedIncorrectCvc",
    ),
    _refused(
        "4000000000000119",
        _PROCESSING_ERROR,
        "chargeDeclinedProcessingError",
        "visa_chargeDeclinedProcessingError",
    ),
    TestCard(
        "4100000000000019",
        ("radarBlock", "chargeDeclinedFraudulent", "visa_chargeDeclinedFraudulent"),
        decline=_FRAUDULENT,
    ),
    TestCard(
        "4000000000000341",
        ("chargeCustomerFail", "visa_chargeCustomerFail"),
        decline=_GENERIC,
    ),
    TestCard("4000000000003063", ("threeDSecureRequired",), authentication="always"),
    TestCard("4000000000003220", ("threeDSecure2Required",), authentication="always"),
    TestCard("4000000000003055", ("threeDSecureOptional",), authentication="on_request"),
    TestCard("4000002760003184", ("authenticationRequired",), authentication="always"),
    TestCard("4000002500003155", ("authenticationRequiredOnSetup",), authentication="until_set_up"),
    TestCard("4000000000001976", ("createDisputeInquiry",), dispute="inquiry"),
    TestCard("4000000000000259", ("createDispute",), dispute="fraudulent"),
    TestCard(
        "4000000000002685",
        ("createDisputeProductNotReceived",),
        dispute="product_not_received",
    ),
    TestCard("4000000000005423", ("createIssuerFraudRecord",), is_reported=True),
    TestCard("4000000000007726", ("pendingRefund",), refund="settles_later"),
    TestCard("4000000000005126", ("refundFail",), refund="fails_later"),
    # Not a card of Stripe's. There, only refunds of payments without a card, such as vouchers, ask
    # the customer for a destination, and only those can be canceled.
    TestCard("4000000000007734", ("refundRequiresAction",), refund="asks_customer"),
)
_BY_NUMBER = {card.number: card for card in CARDS}
_BY_NAME = {name: card for card in CARDS for name in card.names}


def find_by_name(prefix: str, name: str) -> TestCard | None:
    """Return the card behind a test id such as `pm_card_visa` (`prefix="pm_card_"`)."""
    return _BY_NAME.get(name.removeprefix(prefix)) if name.startswith(prefix) else None


def find_by_number(number: str) -> TestCard:
    """Return a test card. Any other number is declined, like a real card in test mode."""
    known = _BY_NUMBER.get(number)
    return known or TestCard(number, (), decline=NOT_A_TEST_CARD, attaches=False)


def has_valid_checksum(number: str) -> bool:
    """Check with Luhn's algorithm, which finds mistyped card numbers."""
    if not number.isascii() or not number.isdecimal() or not 12 <= len(number) <= 19:
        return False
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    return (
        sum(int(digit) for digit in number[::-2]) + sum(d - 9 if d > 9 else d for d in doubled)
    ) % 10 == 0
