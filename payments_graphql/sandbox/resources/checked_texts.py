"""Checks email addresses and statement descriptors."""

import re

from payments_graphql.sandbox.errors import ApiError, InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9-]+"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")
_NOT_ON_STATEMENTS = frozenset("<>\\'\"*")
# The account's own statement descriptor.
_PREFIX = "SANDBOX"


def check_email(address: str | None, param: str) -> None:
    """https://docs.stripe.com/error-codes#email-invalid"""
    if address is not None and not _EMAIL.fullmatch(address):
        raise InvalidParameterError(
            f"Invalid email address: {address[:100]}", code="email_invalid", param=param
        )


def check_statement_descriptors(params: JsonObject) -> None:
    """https://docs.stripe.com/get-started/account/statement-descriptors#requirements"""
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = params.get(name)
        if text is None:
            continue
        if not _NOT_ON_STATEMENTS.isdisjoint(text):
            raise InvalidParameterError(
                f"The {name} must not contain any of the following characters: <, >, \\, ', \", *.",
                code="invalid_characters",
                param=name,
            )
        if not any(character.isalpha() for character in text):
            raise InvalidParameterError(f"The {name} must contain at least one letter.", param=name)


def check_card_statement(intent: JsonObject) -> None:
    """Refuse a descriptor for a card: its statement shows the account's own one, with a suffix.

    https://docs.stripe.com/api/payment_intents/create#create_payment_intent-statement_descriptor
    """
    if intent["statement_descriptor"] is not None:
        raise ApiError(
            "The `statement_descriptor` parameter is not supported for card charges. Set "
            "`statement_descriptor_suffix` instead.",
            param="statement_descriptor",
        )


def calculated_statement_descriptor(suffix: str | None) -> str:
    """https://docs.stripe.com/get-started/account/statement-descriptors#dynamic"""
    return f"{_PREFIX}* {suffix}" if suffix else _PREFIX
