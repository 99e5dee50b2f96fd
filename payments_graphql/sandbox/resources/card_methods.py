"""Card payment methods from a test token, a test number or a test id."""

import time

from payments_graphql.sandbox.cards import (
    TestCard,
    find_by_name,
    find_by_number,
    has_valid_checksum,
)
from payments_graphql.sandbox.errors import CardError, missing_parameter, missing_resource
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.metadata import merge_metadata
from payments_graphql.sandbox.resources.addresses import complete_billing_details
from payments_graphql.sandbox.transaction import Transaction

_TEST_TOKEN = "tok_"


def build_from(tx: Transaction, params: JsonObject) -> JsonObject:
    details = params.get("card")
    if not details:
        raise missing_parameter("card")
    return build(tx, _find_card(tx, details), details, params)


def _find_card(tx: Transaction, details: JsonObject) -> TestCard:
    if "token" in details:
        card = find_by_name(_TEST_TOKEN, details["token"])
        if card is None:
            raise missing_resource("token", details["token"], param="card[token]")
        return card
    for name in ("number", "exp_month", "exp_year"):
        if name not in details:
            raise missing_parameter(f"card[{name}]")
    number = details["number"].replace(" ", "").replace("-", "")
    if not has_valid_checksum(number):
        raise CardError("Your card number is incorrect.", code="incorrect_number", param="number")
    today = time.gmtime(tx.now)
    if not 1 <= details["exp_month"] <= 12:
        raise CardError(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    if details["exp_year"] < 100:
        details["exp_year"] += 2000
    expiry = (details["exp_year"], details["exp_month"])
    if not (today.tm_year, today.tm_mon) <= expiry <= (today.tm_year + 50, 12):
        raise CardError(
            "Your card's expiration year is invalid.", code="invalid_expiry_year", param="exp_year"
        )
    return find_by_number(number)


def build(tx: Transaction, card: TestCard, details: JsonObject, params: JsonObject) -> JsonObject:
    return {
        "id": tx.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": params.get("allow_redisplay", "unspecified"),
        "billing_details": complete_billing_details(params.get("billing_details")),
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "unchecked" if details.get("cvc") else None,
            },
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": details.get("exp_month", 8),
            "exp_year": details.get("exp_year", time.gmtime(tx.now).tm_year + 1),
            "fingerprint": card.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": tx.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merge_metadata({}, params),
        "type": "card",
        "_number": card.number,
        # Spent: used once without a customer, or detached. Stripe never accepts it again.
        "_is_spent": False,
        # Set up: the customer authenticated it for off-session payments.
        "_is_set_up": False,
        "_mandate": None,
    }
