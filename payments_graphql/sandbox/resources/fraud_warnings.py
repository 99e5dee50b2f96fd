"""Early fraud warnings: https://docs.stripe.com/api/radar/early_fraud_warnings."""

from payments_graphql.sandbox.cards import find_by_number
from payments_graphql.sandbox.events import emit
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction

_KIND = "radar.early_fraud_warning"


def warn_about(tx: Transaction, charge: JsonObject) -> None:
    """Send a warning about a captured charge if its test card asks for one."""
    if not find_by_number(charge["_number"]).is_reported:
        return
    warning: JsonObject = {
        "id": tx.new_id("issfr"),
        "object": _KIND,
        "actionable": True,
        "charge": charge["id"],
        "created": tx.now,
        "fraud_type": "misc",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    tx.store.insert(_KIND, warning)
    emit(tx, "radar.early_fraud_warning.created", warning)


def retrieve(tx: Transaction, params: JsonObject, warning_id: str) -> JsonObject:
    del params
    return _as_of_now(tx, tx.find(_KIND, warning_id, in_path=True))


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter(_KIND)
    for name in ("charge", "payment_intent"):
        found.equals(name, params.get(name))
    page = list_objects(tx, found, params, "/v1/radar/early_fraud_warnings")
    page["data"] = [_as_of_now(tx, warning) for warning in page["data"]]
    return page


def _as_of_now(tx: Transaction, warning: JsonObject) -> JsonObject:
    """Return the warning, which is not actionable once the payment is refunded or disputed."""
    charge = tx.find("charge", warning["charge"])
    return warning | {"actionable": not (charge["refunded"] or charge["disputed"])}
