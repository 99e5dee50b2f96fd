"""What must not leave the site: the secrets and the personal data that the tests use."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

PASSWORD = "correct-horse-battery"
CARD_NUMBER = "4000056655665556"
METRICS_TOKEN = "token-of-prometheus"

PERSON = {
    "username": "bertha_mueller",
    "first_name": "Bertha",
    "last_name": "Muellerstein",
    "email": "bertha.mueller@private.example",
}
DESCRIPTION = "Present for uncle Heribert"
METADATA = {"guest": "Theobald"}
NOTE = "Returned since Gundula is ill"
RECEIPT_EMAIL = "receipts.bertha@private.example"
EVIDENCE = {
    "customer_name": "Bertha Muellerstein",
    "customer_email_address": "bertha.mueller@private.example",
    "billing_address": "Lindwurmstrasse 7, Entenhausen",
    "product_description": "A week in the house of Kunigunde",
}

SECRETS = ("_secret_", "whsec_testing", "sk_test_sandbox", PASSWORD, CARD_NUMBER, METRICS_TOKEN)
PERSONAL = (
    *PERSON.values(), RECEIPT_EMAIL, "Heribert", "Theobald", "Gundula", "Lindwurmstrasse",
    "Entenhausen", "Kunigunde",
)  # fmt: skip


def find_values(text: str, values: Iterable[str]) -> set[str]:
    """The values in `text`, as they are or as in a URL. Masked client secrets do not count."""
    text = text.replace("_secret_[redacted]", "")
    return {value for value in values if value in text or quote(value, safe="") in text}


def iterate_places(value: Any, found: set[str], where: str = "") -> Iterator[str]:
    """Where the values are in an event, for the message of a failing test."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = f"{value.get('module')}.{value.get('function')}" if key == "vars" else key
            yield from iterate_places(item, found, f"{where}/{name}")
    elif isinstance(value, list):
        for item in value:
            yield from iterate_places(item, found, where)
    elif find_values(str(value), found):
        yield f"{where}: {str(value)[:200]}"
