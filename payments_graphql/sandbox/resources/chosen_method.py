"""Chooses and checks the payment method of an intent."""

from payments_graphql.sandbox.errors import ApiError, InvalidParameterError, missing_resource
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import payment_methods
from payments_graphql.sandbox.transaction import Transaction


def choose_payment_method(tx: Transaction, intent: JsonObject, params: JsonObject) -> None:
    """Set the intent's payment method. The intent must then be confirmed again."""
    if params.get("confirmation_token"):
        # The sandbox's Stripe.js doesn't create them.
        token = params["confirmation_token"]
        raise missing_resource("confirmation_token", token, param="confirmation_token")
    if params.get("payment_method") and params.get("payment_method_data"):
        raise InvalidParameterError(
            "You may only specify one of these parameters: payment_method, payment_method_data.",
            code="parameters_exclusive",
            param="payment_method_data",
        )
    if params.get("payment_method_data"):
        method = payment_methods.create(tx, params["payment_method_data"])
    elif params.get("payment_method"):
        method = payment_methods.find(tx, params["payment_method"])
        _check_owner(intent, method)
    else:
        return
    intent["payment_method"] = method["id"]
    intent["status"] = "requires_confirmation"
    intent["next_action"] = None
    intent["_is_authenticated"] = False


def _check_owner(intent: JsonObject, method: JsonObject) -> None:
    """Check that the method belongs to the customer, and wasn't used up:
    https://docs.stripe.com/api/payment_methods/attach."""
    if method["_is_spent"]:
        raise payment_methods.spent_method()
    owner = method["customer"]
    if owner is None or owner == intent["customer"]:
        return
    refuse = _refuse_setup if intent["object"] == "setup_intent" else _refuse_payment
    raise refuse(intent, method)


def _refuse_payment(intent: JsonObject, method: JsonObject) -> ApiError:
    if intent["customer"] is None:
        return ApiError(
            "The payment method you provided is attached to a customer so for security purposes "
            "you must provide the customer in the request.",
            param="customer",
        )
    return ApiError(
        f"The provided PaymentMethod ({method['id']}) does not belong to the Customer "
        f"({intent['customer']}) of this PaymentIntent.",
        code="payment_method_customer_mismatch",
        param="payment_method",
    )


def _refuse_setup(intent: JsonObject, method: JsonObject) -> ApiError:
    if intent["customer"] is None:
        message = (
            f"The payment method supplied ({method['id']}) belongs to the Customer "
            f"{method['customer']}. Please include the Customer in the `customer` parameter on "
            "the SetupIntent."
        )
    else:
        message = (
            f"The PaymentMethod {method['id']} does not belong to the Customer you supplied "
            f"{intent['customer']}. Please use this PaymentMethod with the Customer that it "
            "belongs to instead."
        )
    return ApiError(message, param="payment_method")
