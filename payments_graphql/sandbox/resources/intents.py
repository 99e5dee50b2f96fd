"""What payment intents and setup intents have in common.

https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.transaction import Transaction

_NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}

AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)
# A challenge was asked for by the caller, whether or not the bank would have.
_ASKS_FOR_AUTHENTICATION = frozenset({"any", "challenge"})


def noun(intent: JsonObject) -> str:
    """Return the intent's kind as Stripe's messages call it."""
    return _NOUNS[intent["object"]]


def accepted_payment_methods(params: JsonObject, kind: str, card_options: JsonObject) -> JsonObject:
    """Stripe chooses by itself unless the types are given: the sandbox has cards only.

    https://docs.stripe.com/payments/payment-methods/integration-options
    """
    accepted: JsonObject = {
        "automatic_payment_methods": None,
        "excluded_payment_method_types": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": card_options},
        "payment_method_types": ["card"],
    }
    automatic = params.get("automatic_payment_methods")
    if "payment_method_types" in params:
        if automatic and automatic["enabled"]:
            raise InvalidParameterError(
                "You may only specify one of these parameters: automatic_payment_methods, "
                "payment_method_types.",
                code="parameters_exclusive",
                param="payment_method_types",
            )
        _check_types(params["payment_method_types"], kind)
        return accepted
    if automatic and not automatic["enabled"]:
        return accepted
    return accepted | {
        "automatic_payment_methods": {
            "allow_redirects": (automatic or {}).get("allow_redirects", "always"),
            "enabled": True,
        },
        "payment_method_configuration_details": {"id": "pmc_1Sandbox", "parent": None},
    }


def apply_types(intent: JsonObject, params: JsonObject) -> None:
    """Take over which types may be used; without cards nothing would be left here."""
    _check_types(params.get("payment_method_types", []), intent["object"])
    excluded = params.get("excluded_payment_method_types") or []
    allowed = params.get("allowed_payment_method_types") or ["card"]
    if "card" in excluded or "card" not in allowed:
        name = "excluded" if "card" in excluded else "allowed"
        raise InvalidParameterError(
            "No valid payment method types are left: this sandbox takes cards only.",
            code=f"{intent['object']}_invalid_parameter",
            param=f"{name}_payment_method_types",
        )
    if "excluded_payment_method_types" in params:
        intent["excluded_payment_method_types"] = excluded or None


def _check_types(types: list[str], kind: str) -> None:
    for position, name in enumerate(types):
        if name != "card":
            raise InvalidParameterError(
                f"The payment method type provided: {name} is invalid. Please ensure the provided "
                "type is activated in your dashboard: this sandbox takes cards only.",
                code=f"{kind}_invalid_parameter",
                param=f"payment_method_types[{position}]",
            )


def apply_card_options(intent: JsonObject, params: JsonObject) -> None:
    """Take over `request_three_d_secure`, the one option of cards that changes something here."""
    given = (params.get("payment_method_options") or {}).get("card") or {}
    if "request_three_d_secure" in given:
        chosen = {"request_three_d_secure": given["request_three_d_secure"]}
        options = intent["payment_method_options"]
        intent["payment_method_options"] = options | {"card": options["card"] | chosen}


def asks_for_authentication(intent: JsonObject) -> bool:
    """https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-three-ds"""
    options = intent["payment_method_options"]["card"]
    return options["request_three_d_secure"] in _ASKS_FOR_AUTHENTICATION


def check_return_url(tx: Transaction, intent: JsonObject, params: JsonObject) -> None:
    """What may redirect needs somewhere to come back to; Stripe.js sees to it itself."""
    automatic = intent["automatic_payment_methods"]
    if automatic is None or automatic["allow_redirects"] == "never":
        return
    if tx.is_publishable or params.get("return_url") or params.get("use_stripe_sdk"):
        return
    if intent.get("_return_url") or params.get("off_session"):
        return
    raise InvalidParameterError(
        f"This {noun(intent)} is configured to accept payment methods enabled in your Dashboard. "
        "Because some of these payment methods might redirect your customer off of your page, you "
        "must provide a `return_url`. If you don't want to accept redirect-based payment methods, "
        "set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
        "Payment Intents.",
        param="return_url",
    )


def authentication_action(tx: Transaction, intent: JsonObject, params: JsonObject) -> JsonObject:
    """Return the `next_action` that leads to the bank's page."""
    page = f"{tx.base_url}/_sandbox/authenticate/{intent['id']}"
    if intent["_return_url"] and not params.get("use_stripe_sdk"):
        return {
            "redirect_to_url": {"return_url": intent["_return_url"], "url": page},
            "type": "redirect_to_url",
        }
    details = {"source": tx.new_id("src"), "stripe_js": page, "type": "three_d_secure_redirect"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": details}


def doc_url(code: str) -> str:
    """Return the page of an error code: https://docs.stripe.com/error-codes."""
    return f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
