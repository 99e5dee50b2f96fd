"""Addresses in Stripe's answers: every line is present, and null if empty."""

from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources.checked_texts import check_email

_LINES = ("city", "country", "line1", "line2", "postal_code", "state")


def complete_address(address: JsonObject | None) -> JsonObject | None:
    if address is None:
        return None
    return {line: address.get(line) for line in _LINES}


def complete_shipping(shipping: JsonObject | None) -> JsonObject | None:
    if shipping is None:
        return None
    return {
        "address": complete_address(shipping.get("address") or {}),
        "carrier": shipping.get("carrier"),
        "name": shipping.get("name"),
        "phone": shipping.get("phone"),
        "tracking_number": shipping.get("tracking_number"),
    }


def complete_billing_details(details: JsonObject | None) -> JsonObject:
    given = details or {}
    check_email(given.get("email"), "billing_details[email]")
    return {
        "address": complete_address(given.get("address") or {}),
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tax_id": given.get("tax_id"),
    }
