"""The account of a key: https://docs.stripe.com/api/accounts/retrieve.

Each secret key has its own account, the same in every run, so that a site with another key sees
another account. All accounts share the same objects: use a second sandbox to separate them.
"""

import hashlib

from payments_graphql.sandbox.authentication import read_key
from payments_graphql.sandbox.json_object import JsonObject

PATH = "/v1/account"


def describe(authorization: str | None) -> JsonObject:
    digest = hashlib.sha256(read_key(authorization).encode()).hexdigest()
    return {
        "id": f"acct_1{digest[:15]}",
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": None,
        "type": "standard",
    }
