"""The bank's 3-D Secure page, for payment intents and setup intents.

https://docs.stripe.com/payments/3d-secure/authentication-flow
"""

from urllib.parse import urlencode, urlsplit, urlunsplit

from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import confirmation, setup_confirmation
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.transaction import Transaction


def find_intent(store: Store, intent_id: str) -> JsonObject | None:
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    return store.get(kind, intent_id)


def authenticate(tx: Transaction, intent: JsonObject, *, has_succeeded: bool) -> JsonObject:
    """Complete or fail the authentication; raises CardError if the card is then declined."""
    if intent["object"] == "setup_intent":
        return setup_confirmation.authenticate(tx, intent, has_succeeded=has_succeeded)
    return confirmation.authenticate(tx, intent, has_succeeded=has_succeeded)


def return_address(intent: JsonObject) -> str | None:
    """Return the address to which the customer returns, with Stripe's parameters.

    https://docs.stripe.com/payments/accept-a-payment#handle-redirects
    """
    if not intent.get("_return_url"):
        return None
    kind = intent["object"]
    has_failed = intent["status"] == "requires_payment_method"
    appended = urlencode(
        {
            kind: intent["id"],
            f"{kind}_client_secret": intent["client_secret"],
            "redirect_status": "failed" if has_failed else "succeeded",
        }
    )
    parts = urlsplit(intent["_return_url"])
    query = f"{parts.query}&{appended}".lstrip("&")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
