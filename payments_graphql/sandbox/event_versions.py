"""Events in the shape of an older API version: https://docs.stripe.com/webhooks/versioning.

An endpoint gets the version that it was created with, whatever SDK reads the events.
"""

from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.store import Store, load

# https://docs.stripe.com/upgrades#2022-11-15: payment intents lost `charges` and got
# `latest_charge`, and charges lost `refunds`.
_LATEST_CHARGE = "2022-11-15"
# Attributes that were added later.
_NEWER = ("customer_account", "excluded_payment_method_types")


def in_version(store: Store, event: JsonObject, version: str | None) -> JsonObject:
    """Return the event in the shape of `version`, or unchanged without a version."""
    if version is None or version == event["api_version"]:
        return event
    data = event["data"]
    if version < _LATEST_CHARGE:
        data = data | {"object": _older(store, data["object"])}
    return event | {"api_version": version, "data": data}


def _older(store: Store, subject: JsonObject) -> JsonObject:
    older = {name: value for name, value in subject.items() if name not in _NEWER}
    if subject["object"] == "payment_intent":
        del older["latest_charge"]
        url = f"/v1/charges?payment_intent={subject['id']}"
        older["charges"] = _list(store, "charge", "payment_intent", subject["id"], url)
    elif subject["object"] == "charge":
        url = f"/v1/charges/{subject['id']}/refunds"
        older["refunds"] = _list(store, "refund", "charge", subject["id"], url)
    return older


def _list(store: Store, kind: str, attribute: str, object_id: str, url: str) -> JsonObject:
    rows = store.all(
        # The attribute is one of the two above, never sent by a caller.
        "SELECT body FROM objects WHERE kind = ? "
        f"AND json_extract(body, '$.{attribute}') = ? ORDER BY seq DESC LIMIT 10",
        kind,
        object_id,
    )
    data = [without_private_fields(load(row["body"])) for row in rows]
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}
