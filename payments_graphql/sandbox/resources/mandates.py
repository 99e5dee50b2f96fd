"""The customer's permission to debit an account: https://docs.stripe.com/api/mandates."""

from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.resources.intents import noun
from payments_graphql.sandbox.transaction import Transaction


def require(tx: Transaction, intent: JsonObject, method: JsonObject, params: JsonObject) -> None:
    """Store the acceptance of this request as a mandate, or find an earlier mandate."""
    given = params.get("mandate_data") or {}
    if params.get("mandate"):
        mandate = tx.find("mandate", params["mandate"], param="mandate")
        if mandate["payment_method"] == method["id"]:
            return
    elif given.get("customer_acceptance"):
        method["_mandate"] = _make(tx, intent, method, given["customer_acceptance"])["id"]
        tx.store.save(method)
        return
    elif method["_mandate"]:
        return
    error = ApiError(
        f"This {noun(intent)} requires a mandate, but no existing mandate was found. Collect "
        "mandate acceptance from the customer and try again, providing acceptance data in the "
        "mandate_data parameter."
    )
    error.extra[intent["object"]] = without_private_fields(intent)
    raise error


def _make(
    tx: Transaction, intent: JsonObject, method: JsonObject, acceptance: JsonObject
) -> JsonObject:
    is_kept = intent["object"] == "setup_intent" or bool(intent["setup_future_usage"])
    mandate: JsonObject = {
        "id": tx.new_id("mandate"),
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": acceptance.get("accepted_at", tx.now),
            "type": acceptance["type"],
        },
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": _details(tx, method),
        "status": "active",
        "type": "multi_use" if is_kept else "single_use",
        "_created": tx.now,
    }
    if acceptance["type"] == "online":
        online = acceptance.get("online") or {}
        mandate["customer_acceptance"]["online"] = {
            "ip_address": online.get("ip_address"),
            "user_agent": online.get("user_agent"),
        }
    if is_kept:
        mandate["multi_use"] = {}
    else:
        mandate["single_use"] = {"amount": intent["amount"], "currency": intent["currency"]}
    tx.store.insert("mandate", mandate)
    return mandate


def _details(tx: Transaction, method: JsonObject) -> JsonObject:
    kind = method["type"]
    details: JsonObject = {}
    if kind == "sepa_debit":
        reference = tx.ids.token("voucher")[:16].upper()
        details = {"reference": reference, "url": f"{tx.base_url}/_sandbox/objects/{method['id']}"}
    return {kind: details, "type": kind}


def retrieve(tx: Transaction, params: JsonObject, mandate_id: str) -> JsonObject:
    del params
    return tx.find("mandate", mandate_id, param="mandate", in_path=True)
