"""What payment intents and setup intents have in common.

https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from payments_graphql.sandbox.errors import ApiError, InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.method_types import TYPES, MethodType
from payments_graphql.sandbox.transaction import Transaction

_NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}

AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)
# Values with which the caller requests authentication, even if the bank doesn't.
_ASKS_FOR_AUTHENTICATION = frozenset({"any", "challenge"})


def noun(intent: JsonObject) -> str:
    """Return the intent's kind as in Stripe's messages."""
    return _NOUNS[intent["object"]]


def accepted_payment_methods(params: JsonObject, kind: str, card_options: JsonObject) -> JsonObject:
    """Return the types that Stripe chooses if the caller names none: all that fit.

    https://docs.stripe.com/payments/payment-methods/integration-options
    """
    accepted: JsonObject = {
        "automatic_payment_methods": None,
        "excluded_payment_method_types": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": card_options},
        "payment_method_types": ["card"],
        "_card_options": card_options,
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
    """Set the allowed types, without those that don't fit."""
    if "excluded_payment_method_types" in params:
        excluded = params["excluded_payment_method_types"]
        intent["excluded_payment_method_types"] = excluded or None
    if params.get("payment_method_types"):
        _check_types(intent, params["payment_method_types"])
        intent["payment_method_types"] = params["payment_method_types"]
    elif intent["automatic_payment_methods"] is not None:
        intent["payment_method_types"] = _choose_types(intent, params)
    options = _OPTIONS | {"card": intent["_card_options"]}
    intent["payment_method_options"] = {
        name: intent["payment_method_options"].get(name, options[name])
        for name in intent["payment_method_types"]
        # A setup intent shows options only of types that have some.
        if intent["object"] == "payment_intent" or name in _WITH_SETUP_OPTIONS
    }


_OPTIONS: JsonObject = {
    "boleto": {"expires_after_days": 3},
    "ideal": {},
    "sepa_debit": {},
    "us_bank_account": {"verification_method": "automatic"},
}
_WITH_SETUP_OPTIONS = ("card", "sepa_debit", "us_bank_account")


def _choose_types(intent: JsonObject, params: JsonObject) -> list[str]:
    """Return the enabled types that fit: https://docs.stripe.com/payments/payment-methods/dynamic-payment-methods."""
    excluded = intent["excluded_payment_method_types"] or []
    allowed = params.get("allowed_payment_method_types") or list(TYPES)
    left = [
        name
        for name, kind in TYPES.items()
        if name not in excluded and name in allowed and why_unfit(intent, kind) is None
    ]
    if not left:
        name = "allowed" if params.get("allowed_payment_method_types") else "excluded"
        raise InvalidParameterError(
            "No valid payment method types are left for this "
            f"{noun(intent)}: the sandbox supports {', '.join(sorted(TYPES))}.",
            code=f"{intent['object']}_invalid_parameter",
            param=f"{name}_payment_method_types",
        )
    return left


def _check_types(intent: JsonObject, types: list[str]) -> None:
    for position, name in enumerate(types):
        if name not in TYPES:
            raise InvalidParameterError(
                f"The payment method type provided: {name} is invalid. Please ensure the provided "
                "type is activated in your dashboard: this sandbox takes "
                f"{', '.join(sorted(TYPES))}.",
                code=f"{intent['object']}_invalid_parameter",
                param=f"payment_method_types[{position}]",
            )
        reason = why_unfit(intent, TYPES[name])
        if reason is not None:
            raise InvalidParameterError(
                reason,
                code=f"{intent['object']}_invalid_parameter",
                param=f"payment_method_types[{position}]",
            )


def why_unfit(intent: JsonObject, kind: MethodType) -> str | None:
    """Return why a type doesn't fit: currency, capture, saving or redirects. None if it fits."""
    currency = intent.get("currency")
    if currency and kind.currencies is not None and currency not in kind.currencies:
        return (
            f"The currency provided ({currency}) is invalid. Payments with {kind.name} support "
            f"the following currencies: {', '.join(kind.currencies)}."
        )
    if intent.get("capture_method") == "manual" and not kind.can_be_held:
        return f"The payment method type {kind.name} does not support manual capture."
    is_saved = intent["object"] == "setup_intent" or bool(intent.get("setup_future_usage"))
    if is_saved and not kind.can_be_saved:
        return f"The payment method type {kind.name} cannot be saved for future payments."
    automatic = intent["automatic_payment_methods"]
    if automatic is not None and automatic["allow_redirects"] == "never" and kind.redirects:
        return f"The payment method type {kind.name} redirects, which this payment does not allow."
    return None


def check_type(intent: JsonObject, method: JsonObject) -> None:
    """https://docs.stripe.com/error-codes#payment-intent-incompatible-payment-method"""
    kind = method["type"]
    if kind in intent["payment_method_types"]:
        return
    types = ", ".join(intent["payment_method_types"])
    raise ApiError(
        f"The PaymentMethod provided ({kind}) is not allowed for this {noun(intent)}. Please "
        f"attach a PaymentMethod of one of the following types: {types}, or update the "
        f'{noun(intent)}\'s allowed payment_method_types to include "{kind}".',
        code="payment_intent_incompatible_payment_method",
        param="payment_method",
    )


def apply_method_options(intent: JsonObject, params: JsonObject) -> None:
    """Set the options that have an effect here: `request_three_d_secure` of cards."""
    given = params.get("payment_method_options") or {}
    options = intent["payment_method_options"]
    for kind, name in _KEPT_OPTIONS:
        chosen = given.get(kind) or {}
        if name in chosen and kind in options:
            options = options | {kind: options[kind] | {name: chosen[name]}}
    days = options.get("boleto", {}).get("expires_after_days", 0)
    if not 0 <= days <= 60:
        raise InvalidParameterError(
            "Invalid value for expires_after_days: must be between 0 and 60.",
            param="payment_method_options[boleto][expires_after_days]",
        )
    intent["payment_method_options"] = options


_KEPT_OPTIONS = (
    ("card", "request_three_d_secure"),
    ("boleto", "expires_after_days"),
    ("us_bank_account", "verification_method"),
)


def asks_for_authentication(intent: JsonObject) -> bool:
    """https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-three-ds"""
    options = intent["payment_method_options"]["card"]
    return options["request_three_d_secure"] in _ASKS_FOR_AUTHENTICATION


def check_return_url(tx: Transaction, intent: JsonObject, params: JsonObject) -> None:
    """Require a `return_url` if the payment may redirect. Stripe.js handles that itself."""
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
    """Return the documentation page of an error code: https://docs.stripe.com/error-codes."""
    return f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
