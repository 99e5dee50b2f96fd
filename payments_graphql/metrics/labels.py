"""The values of labels. See Note [Bounded labels]."""

from typing import Final

from ..declines import list_known_codes
from ..money import CURRENCIES

OTHER: Final = "other"

# Codes of failures that are not declines by a bank. https://docs.stripe.com/error-codes
_FAILURES = """
    card_declined payment_intent_authentication_failure payment_intent_payment_attempt_expired
    payment_intent_payment_attempt_failed payment_method_provider_decline
    payment_method_provider_timeout setup_intent_authentication_failure
    setup_intent_setup_attempt_expired
"""
CODES: Final = frozenset((*list_known_codes(), *_FAILURES.split()))

WEBHOOK_RESULTS: Final = (
    "stored",
    "ignored",
    "duplicate",
    "bad_signature",
    "bad_body",
    "no_secret",
    "not_stored",
)
EVENT_STATES: Final = ("processed", "ignored", "failed", "dead")
CARD_TESTING_ACTIONS: Final = ("refused", "canceled")
SIGN_IN_REASONS: Final = ("credentials", "limit")
GRAPHQL_LIMITS: Final = (
    "aliases",
    "cost",
    "depth",
    "directives",
    "directivesPerNode",
    "fields",
    "mutations",
    "number",
    "repeats",
)
STREAM_LIMITS: Final = ("stream.user", "stream.process")


def bound_code(code: str) -> str:
    return code if code in CODES else OTHER


def bound_currency(currency: str) -> str:
    return currency if currency in CURRENCIES else OTHER
