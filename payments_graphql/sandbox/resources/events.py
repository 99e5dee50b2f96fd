"""Events as the API shows them: https://docs.stripe.com/api/events."""

from payments_graphql.sandbox.errors import InvalidParameterError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction

# Seconds for which Stripe lists an event.
_KEPT = 30 * 24 * 60 * 60
_MOST_TYPES = 20
_UNDELIVERED = (
    "EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = objects.id "
    "AND deliveries.status != 'succeeded')"
)


def retrieve(tx: Transaction, params: JsonObject, event_id: str) -> JsonObject:
    del params
    return tx.find("event", event_id, in_path=True)


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    """List by type and by whether every webhook endpoint has taken the event."""
    found = Filter("event")
    found.where("created >= ?", tx.now - _KEPT)
    types = _types(params)
    if len(types) == 1 and "*" not in types[0]:
        found.equals("type", types[0])
    elif types:
        # A type may end in `.*`; what else is special to GLOB was taken out of it.
        found.where(f"({' OR '.join([_TYPE_MATCHES] * len(types))})", *types)
    if "delivery_success" in params:
        found.where(f"NOT {_UNDELIVERED}" if params["delivery_success"] else _UNDELIVERED)
    return list_objects(tx, found, params, "/v1/events")


_TYPE_MATCHES = "json_extract(body, '$.type') GLOB ?"


def _types(params: JsonObject) -> list[str]:
    if "type" in params and "types" in params:
        raise InvalidParameterError(
            "You may only specify one of these parameters: type, types.",
            code="parameters_exclusive",
            param="types",
        )
    types: list[str] = params.get("types", [params["type"]] if params.get("type") else [])
    if len(types) > _MOST_TYPES:
        raise InvalidParameterError(
            f"You can only specify up to {_MOST_TYPES} event types.", param="types"
        )
    return [name.replace("[", "[[]").replace("?", "[?]") for name in types]
