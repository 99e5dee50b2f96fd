"""Confirming a payment intent: authentication, then the charge or the decline.

https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from payments_graphql.sandbox.cards import (
    AUTHENTICATION_REQUIRED,
    Decline,
    TestCard,
    find_by_number,
)
from payments_graphql.sandbox.currencies import LARGEST_AMEX_AMOUNT, check_maximum
from payments_graphql.sandbox.errors import (
    ApiError,
    CardError,
    InvalidParameterError,
    UnsavedError,
    missing_resource,
    unexpected_intent_state,
)
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.method_types import TYPES
from payments_graphql.sandbox.resources import (
    bank_payments,
    charges,
    disputes,
    failures,
    fraud_warnings,
    microdeposits,
    next_declines,
    payment_methods,
)
from payments_graphql.sandbox.resources.addresses import complete_shipping
from payments_graphql.sandbox.resources.checked_texts import check_card_statement, check_email
from payments_graphql.sandbox.resources.chosen_method import choose_payment_method
from payments_graphql.sandbox.resources.client_secrets import (
    check_client_secret,
    visible_to_caller,
)
from payments_graphql.sandbox.resources.intents import (
    apply_method_options,
    asks_for_authentication,
    authentication_action,
    check_return_url,
    check_type,
    doc_url,
)
from payments_graphql.sandbox.transaction import Transaction


def confirm(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    intent = tx.find("payment_intent", intent_id, param="intent", in_path=True)
    check_client_secret(tx, params, intent)
    if tx.is_publishable and intent["confirmation_method"] == "manual":
        raise UnsavedError(
            "This PaymentIntent's confirmation_method is manual: it is confirmed with a secret "
            "key only.",
            status=403,
        )
    _check_confirmable(visible_to_caller(tx, intent), params)
    check_email(params.get("receipt_email"), "receipt_email")
    for name in ("capture_method", "receipt_email", "setup_future_usage"):
        if name in params:
            intent[name] = params[name]
    if "shipping" in params:
        intent["shipping"] = complete_shipping(params["shipping"])
    apply_method_options(intent, params)
    choose_payment_method(tx, intent, params)
    return visible_to_caller(tx, confirm_intent(tx, intent, params))


def _check_confirmable(intent: JsonObject, params: JsonObject) -> None:
    status = intent["status"]
    if status in {"requires_confirmation", "requires_action"}:
        return
    if status == "requires_payment_method":
        if params.get("payment_method") or params.get("payment_method_data"):
            return
        raise _missing_method(intent)
    if status == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being "
            "previously confirmed."
        )
    else:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {status}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: "
            "requires_confirmation, requires_action."
        )
    raise unexpected_intent_state(message, without_private_fields(intent))


def _missing_method(intent: JsonObject) -> ApiError:
    return unexpected_intent_state(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
        "either update the PaymentIntent with a payment method and then confirm it again, or "
        "confirm it again directly with a payment method or ConfirmationToken.",
        without_private_fields(intent),
    )


def confirm_intent(tx: Transaction, intent: JsonObject, params: JsonObject) -> JsonObject:
    """Charge, require authentication, or raise the decline; the intent is saved."""
    if intent["payment_method"] is None:
        raise _missing_method(intent)
    check_return_url(tx, intent, params)
    _check_amount(intent, params)
    method = payment_methods.find(tx, intent["payment_method"])
    if method["_is_spent"]:
        raise payment_methods.spent_method()
    check_type(intent, method)
    if method["type"] != "card":
        return _confirm_without_card(tx, intent, method, params)
    check_card_statement(intent)
    if params.get("mandate"):
        # Cards need no mandates, so none exists.
        raise missing_resource("mandate", params["mandate"], param="mandate")
    card = find_by_number(method["_number"])
    if card.brand == "amex":
        check_maximum(intent["amount"], intent["currency"], LARGEST_AMEX_AMOUNT)
    intent |= {"last_payment_error": None, "next_action": None, "_leads_to_bank": False}
    intent["_return_url"] = params.get("return_url") or intent.get("_return_url")
    is_off_session = bool(params.get("off_session"))
    if _needs_authentication(intent, method, card, is_off_session=is_off_session):
        if is_off_session:
            raise _decline(tx, intent, method, AUTHENTICATION_REQUIRED)
        if params.get("error_on_requires_action"):
            raise _refuse_action(tx, intent, method)
        return _require_action(tx, intent, params)
    return _charge(tx, intent, method, card)


def _confirm_without_card(
    tx: Transaction, intent: JsonObject, method: JsonObject, params: JsonObject
) -> JsonObject:
    intent |= {"last_payment_error": None, "next_action": None}
    intent["_return_url"] = params.get("return_url") or intent.get("_return_url")
    if params.get("error_on_requires_action") and not TYPES[method["type"]].needs_mandate:
        raise _refuse_action(tx, intent, method)
    return bank_payments.confirm(tx, intent, method, params)


def _check_amount(intent: JsonObject, params: JsonObject) -> None:
    """Refuse to confirm another amount than the intent's own."""
    if params.get("amount_to_confirm", intent["amount"]) != intent["amount"]:
        raise InvalidParameterError(
            "The sandbox confirms an intent's whole amount only.", param="amount_to_confirm"
        )


def _needs_authentication(
    intent: JsonObject, method: JsonObject, card: TestCard, *, is_off_session: bool
) -> bool:
    if intent["_is_authenticated"] or card.authentication == "never":
        return False
    if card.authentication == "on_request":
        return asks_for_authentication(intent)
    return not (card.authentication == "until_set_up" and is_off_session and method["_is_set_up"])


def _require_action(tx: Transaction, intent: JsonObject, params: JsonObject) -> JsonObject:
    action = authentication_action(tx, intent, params)
    intent |= {"status": "requires_action", "next_action": action}
    tx.store.save(intent)
    emit(tx, "payment_intent.requires_action", intent)
    return intent


def authenticate(tx: Transaction, intent: JsonObject, *, has_succeeded: bool) -> JsonObject:
    """Complete or fail the payment, as the bank's page does.

    After a failure the intent requires another payment method. Raises CardError if the card is
    declined after the authentication.
    """
    if intent["status"] != "requires_action":
        raise unexpected_intent_state(
            f"This PaymentIntent has a status of {intent['status']}: nothing is to authenticate.",
            without_private_fields(intent),
        )
    method = payment_methods.find(tx, intent["payment_method"])
    if method["type"] != "card":
        return bank_payments.finish_redirect(tx, intent, method, has_succeeded=has_succeeded)
    if not has_succeeded:
        failures.send_back(tx, intent, method, failures.authentication_failed())
        return intent
    intent |= {"next_action": None, "_is_authenticated": True}
    if intent["confirmation_method"] == "manual":
        intent["status"] = "requires_confirmation"
        tx.store.save(intent)
        return intent
    return _charge(tx, intent, method, find_by_number(method["_number"]))


def _charge(tx: Transaction, intent: JsonObject, method: JsonObject, card: TestCard) -> JsonObject:
    decline = card.decline or next_declines.take(tx, intent, method)
    if decline is not None:
        raise _decline(tx, intent, method, decline)
    is_captured = intent["capture_method"] != "manual"
    charge = charges.build(tx, intent, method, None, is_captured=is_captured)
    intent["latest_charge"] = charge["id"]
    emit(tx, "charge.succeeded", charge)
    payment_methods.settle(tx, intent, method)
    if is_captured:
        fraud_warnings.warn_about(tx, charge)
        disputes.open_for(tx, charge)
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        event = "payment_intent.succeeded"
    else:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        event = "payment_intent.amount_capturable_updated"
        tx.store.schedule(
            "expire_authorization",
            intent["id"],
            due=tx.store.now() + charges.AUTHORIZATION_LIFETIME,
        )
    tx.store.save(intent)
    emit(tx, event, intent)
    return intent


def _decline(
    tx: Transaction, intent: JsonObject, method: JsonObject, decline: Decline
) -> CardError:
    """Record a failed charge; return the error to raise, which keeps the effects."""
    charge = charges.build(tx, intent, method, decline, is_captured=False)
    intent["latest_charge"] = charge["id"]
    emit(tx, "charge.failed", charge)
    fields = {
        "advice_code": decline.advice_code,
        "charge": charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "param": decline.param,
    }
    return _card_error(tx, intent, method, decline.message, fields)


def _refuse_action(tx: Transaction, intent: JsonObject, method: JsonObject) -> CardError:
    """Fail the payment, because the caller can't show a bank's page; nothing is charged."""
    message = (
        "This payment required an authentication action to complete, but "
        "`error_on_requires_action` was set. When you're ready, you can upgrade your integration "
        "to handle actions at https://stripe.com/docs/payments/upgrade-to-handle-actions."
    )
    return _card_error(tx, intent, method, message, {"code": "authentication_required"})


def _card_error(
    tx: Transaction,
    intent: JsonObject,
    method: JsonObject,
    message: str,
    fields: dict[str, str | None],
) -> CardError:
    given = {name: value for name, value in fields.items() if value is not None}
    failures.send_back(
        tx,
        intent,
        method,
        given | {"doc_url": doc_url(given["code"]), "message": message, "type": "card_error"},
    )
    return CardError(
        message,
        **given,
        payment_intent=without_private_fields(visible_to_caller(tx, intent)),
        payment_method=without_private_fields(method),
    )


def verify_microdeposits(tx: Transaction, params: JsonObject, intent_id: str) -> JsonObject:
    """Verify that the account belongs to the customer, then debit it."""
    return microdeposits.verify(tx, params, "payment_intent", intent_id, bank_payments.debit)
