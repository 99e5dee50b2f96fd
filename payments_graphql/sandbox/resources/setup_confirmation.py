"""Confirming a setup intent: the bank's check of the card, authentication and attachment.

https://docs.stripe.com/payments/save-and-reuse
"""

from payments_graphql.sandbox.cards import Decline, TestCard, find_by_number
from payments_graphql.sandbox.errors import ApiError, CardError, unexpected_intent_state
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources import (
    mandates,
    microdeposits,
    payment_methods,
    setup_attempts,
)
from payments_graphql.sandbox.resources.chosen_method import choose_payment_method
from payments_graphql.sandbox.resources.client_secrets import (
    check_client_secret,
    visible_to_caller,
)
from payments_graphql.sandbox.resources.intents import (
    AUTHENTICATION_FAILED,
    apply_method_options,
    asks_for_authentication,
    authentication_action,
    check_return_url,
    check_type,
    doc_url,
)
from payments_graphql.sandbox.transaction import Transaction

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def confirm(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Confirm with the given card or the intent's own, never with the customer's default."""
    intent = tx.find("setup_intent", intent_id, param="intent", in_path=True)
    check_client_secret(tx, params, intent)
    is_given = any(
        params.get(name) for name in ("confirmation_token", "payment_method", "payment_method_data")
    )
    shown = visible_to_caller(tx, intent)
    if intent["payment_method"] is None and not is_given:
        raise _missing_method(shown)
    if intent["status"] not in _CONFIRMABLE:
        reason = (
            "it has already succeeded"
            if intent["status"] == "succeeded"
            else f"it has a status of {intent['status']}"
        )
        raise unexpected_intent_state(
            f"You cannot confirm this SetupIntent because {reason}.", without_private_fields(shown)
        )
    apply_method_options(intent, params)
    choose_payment_method(tx, intent, params)
    return visible_to_caller(tx, confirm_intent(tx, intent, params))


def _missing_method(intent: JsonObject) -> ApiError:
    return unexpected_intent_state(
        "You cannot confirm this SetupIntent because it's missing a payment method. You can either "
        "update the SetupIntent with a payment method and then confirm it again, or confirm it "
        "again directly with a payment method or ConfirmationToken.",
        without_private_fields(intent),
    )


def confirm_intent(tx: Transaction, intent: JsonObject, params: JsonObject) -> JsonObject:
    """Set up the card, require authentication, or raise the decline; the intent is saved."""
    if intent["payment_method"] is None:
        raise _missing_method(intent)
    check_return_url(tx, intent, params)
    method = payment_methods.find(tx, intent["payment_method"])
    if method["_is_spent"]:
        raise payment_methods.spent_method()
    check_type(intent, method)
    abandon_attempt(tx, intent)
    intent |= {"last_setup_error": None, "next_action": None}
    intent["_return_url"] = params.get("return_url") or intent.get("_return_url")
    if method["type"] != "card":
        return _set_up_account(tx, intent, method, params)
    card = find_by_number(method["_number"])
    if _needs_authentication(intent, card):
        setup_attempts.begin(tx, intent, method, "requires_action")
        action = authentication_action(tx, intent, params)
        intent |= {"status": "requires_action", "next_action": action}
        tx.store.save(intent)
        emit(tx, "setup_intent.requires_action", intent)
        return intent
    setup_attempts.begin(tx, intent, method, "processing")
    return _finish(tx, intent, method, card)


def _set_up_account(
    tx: Transaction, intent: JsonObject, method: JsonObject, params: JsonObject
) -> JsonObject:
    """Set up a bank account, with the mandate of the customer."""
    mandates.require(tx, intent, method, params)
    intent["mandate"] = method["_mandate"]
    if microdeposits.are_needed(intent, method):
        setup_attempts.begin(tx, intent, method, "requires_action")
        microdeposits.send(tx, intent)
        tx.store.save(intent)
        emit(tx, "setup_intent.requires_action", intent)
        return intent
    setup_attempts.begin(tx, intent, method, "processing")
    return _succeed(tx, intent, method)


def verify_microdeposits(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    return microdeposits.verify(tx, params, "setup_intent", intent_id, _succeed)


def _needs_authentication(intent: JsonObject, card: TestCard) -> bool:
    """Return whether the card requires authentication now, for later payments off-session."""
    if card.authentication == "on_request":
        return asks_for_authentication(intent)
    return card.authentication != "never"


def abandon_attempt(tx: Transaction, intent: JsonObject) -> None:
    """End an attempt whose authentication wasn't finished."""
    if intent["status"] == "requires_action":
        setup_attempts.finish(tx, intent, "abandoned")


def authenticate(tx: Transaction, intent: JsonObject, *, has_succeeded: bool) -> JsonObject:
    """Complete or fail the setup, as the bank's page does.

    After a failure the intent requires another payment method. Raises CardError if the card is
    declined after the authentication.
    """
    if intent["status"] != "requires_action":
        raise unexpected_intent_state(
            f"This SetupIntent has a status of {intent['status']}: nothing is to authenticate.",
            without_private_fields(intent),
        )
    method = payment_methods.find(tx, intent["payment_method"])
    if not has_succeeded:
        code = "setup_intent_authentication_failure"
        error = {"code": code, "message": AUTHENTICATION_FAILED, "type": "invalid_request_error"}
        _fail(tx, intent, method, error)
        return intent
    intent |= {"next_action": None, "_is_authenticated": True}
    return _finish(tx, intent, method, find_by_number(method["_number"]))


def _finish(tx: Transaction, intent: JsonObject, method: JsonObject, card: TestCard) -> JsonObject:
    if card.decline is not None and not card.attaches:
        raise _decline(tx, intent, method, card.decline)
    return _succeed(tx, intent, method)


def _succeed(tx: Transaction, intent: JsonObject, method: JsonObject) -> JsonObject:
    setup_attempts.finish(tx, intent, "succeeded")
    if intent["usage"] == "off_session":
        method["_is_set_up"] = True
    if intent["customer"] is not None and method["customer"] is None:
        payment_methods.save_for(tx, method, intent["customer"])
    else:
        tx.store.save(method)
    intent |= {"next_action": None, "status": "succeeded"}
    tx.store.save(intent)
    emit(tx, "setup_intent.succeeded", intent)
    return intent


def _decline(
    tx: Transaction, intent: JsonObject, method: JsonObject, decline: Decline
) -> CardError:
    """Record the decline; return the error to raise, which keeps the effects."""
    fields = {
        "advice_code": decline.advice_code,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "param": decline.param,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    _fail(tx, intent, method, given | {"message": decline.message, "type": "card_error"})
    return CardError(
        decline.message,
        **given,
        payment_method=without_private_fields(method),
        setup_intent=without_private_fields(visible_to_caller(tx, intent)),
    )


def _fail(tx: Transaction, intent: JsonObject, method: JsonObject, error: JsonObject) -> None:
    """Make the intent require another payment method, and store the error."""
    shown = without_private_fields(method)
    error = error | {"doc_url": doc_url(error["code"]), "payment_method": shown}
    intent |= {
        "last_setup_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
        "_is_authenticated": False,
    }
    setup_attempts.finish(tx, intent, "failed", error)
    tx.store.save(intent)
    emit(tx, "setup_intent.setup_failed", intent)
