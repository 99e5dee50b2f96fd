"""Checks the data that the site adds to a payment created through the GraphQL API.

See `policy.Policy.describe_payment`. The client cannot change this data, neither on creation nor on
update. Stripe's limits are checked here: a `ValueError` is an error in the site's code, not in the
client's request.
"""

import re
from collections.abc import Mapping

from ..errors import ValidationError
from ..policy import PaymentDetails
from .inputs import check_description, check_metadata

__all__ = ["NO_DETAILS", "check_details", "keep_sites_metadata"]

NO_DETAILS = PaymentDetails()
_NOT_ON_STATEMENTS = re.compile(r"[<>\\'\"*]")
_LONGEST_SUFFIX = 22


def check_details(details: PaymentDetails) -> PaymentDetails:
    try:
        check_description(details.description)
        check_metadata(details.metadata)
    except ValidationError as error:
        raise ValueError(f"Policy.describe_payment: {error.message}") from error
    _check_suffix(details.statement_descriptor_suffix)
    return details


def keep_sites_metadata(asked: Mapping[str, str], details: PaymentDetails) -> dict[str, str]:
    """The client's metadata. For a key that the site also sets, the site's value wins."""
    return {key: details.metadata.get(key, value) for key, value in asked.items()}


def _check_suffix(suffix: str) -> None:
    """https://docs.stripe.com/get-started/account/statement-descriptors#requirements"""
    if not suffix:
        return
    if len(suffix) > _LONGEST_SUFFIX:
        wrong = f"has more than {_LONGEST_SUFFIX} characters"
    elif not suffix.isascii() or not suffix.isprintable():
        wrong = "contains characters that are not ASCII"
    elif _NOT_ON_STATEMENTS.search(suffix):
        wrong = "contains one of < > \\ ' \" *"
    elif not any(character.isalpha() for character in suffix):
        wrong = "contains no letter"
    else:
        return
    raise ValueError(f"Policy.describe_payment: statement_descriptor_suffix {wrong}.")
