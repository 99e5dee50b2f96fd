"""Verifies US bank accounts with micro-deposits.

https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#verify-with-microdeposits
"""

from collections.abc import Callable

from payments_graphql.sandbox.errors import ApiError, missing_parameter, unexpected_intent_state
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources.client_secrets import (
    check_client_secret,
    visible_to_caller,
)
from payments_graphql.sandbox.resources.intents import noun
from payments_graphql.sandbox.transaction import Transaction

_TEST_CODE = "SM11AA"
_TEST_AMOUNTS = [32, 45]
_ARRIVES_AFTER = 24 * 60 * 60

type Continue = Callable[[Transaction, JsonObject, JsonObject], JsonObject]


def are_needed(intent: JsonObject, method: JsonObject) -> bool:
    """Return whether micro-deposits were requested. Otherwise the account counts as verified."""
    if method["type"] != "us_bank_account" or method["_is_verified"]:
        return False
    options = intent["payment_method_options"]["us_bank_account"]
    return bool(options["verification_method"] == "microdeposits")


def send(tx: Transaction, intent: JsonObject) -> None:
    """Require the verification; the caller saves the intent."""
    intent |= {
        "next_action": {
            "type": "verify_with_microdeposits",
            "verify_with_microdeposits": {
                "arrival_date": tx.now + _ARRIVES_AFTER,
                "hosted_verification_url": f"{tx.base_url}/_sandbox/microdeposits/{intent['id']}",
                "microdeposit_type": "descriptor_code",
            },
        },
        "status": "requires_action",
    }


def verify(
    tx: Transaction, params: JsonObject, kind: str, intent_id: str, go_on: Continue
) -> JsonObject:
    intent = tx.find(kind, intent_id, param="intent", in_path=True)
    check_client_secret(tx, params, intent)
    action = intent["next_action"] or {}
    if action.get("type") != "verify_with_microdeposits":
        raise unexpected_intent_state(
            f"This {noun(intent)} does not wait for micro-deposits.",
            without_private_fields(visible_to_caller(tx, intent)),
        )
    if "descriptor_code" not in params and "amounts" not in params:
        raise missing_parameter("descriptor_code")
    _check(params)
    method = tx.find("payment_method", intent["payment_method"])
    method["_is_verified"] = True
    tx.store.save(method)
    return visible_to_caller(tx, go_on(tx, intent, method))


def _check(params: JsonObject) -> None:
    if params.get("descriptor_code") == _TEST_CODE or params.get("amounts") == _TEST_AMOUNTS:
        return
    name = "descriptor_code" if "descriptor_code" in params else "amounts"
    ending = "mismatch" if name == "amounts" else "code_mismatch"
    raise ApiError(
        f"The {name.replace('_', ' ')} provided does not match what was sent to the bank account.",
        code=f"payment_method_microdeposit_verification_{name.partition('_')[0]}_{ending}",
        param=name,
    )
