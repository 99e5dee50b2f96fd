"""Events as the API shows them: https://docs.stripe.com/api/events."""

from fnmatch import fnmatchcase

from payments_graphql.sandbox.errors import InvalidParameterError, missing_resource
from payments_graphql.sandbox.events import LISTED_FOR
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction

_MOST_TYPES = 20
_DELIVERED = (
    "NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = objects.id "
    "AND deliveries.status != 'succeeded')"
)
# There are few, so it is faster to start with them; by position, as the list is ordered.
_UNDELIVERED = (
    "seq IN (SELECT subject.seq FROM deliveries JOIN objects AS subject "
    "ON subject.id = deliveries.event WHERE deliveries.status IN ('failed', 'pending'))"
)
# The existing types. Each step finds the next one in the index.
_TYPES = """
WITH RECURSIVE types (name) AS (
    SELECT min(json_extract(body, '$.type')) FROM objects
    WHERE kind = 'event' AND json_extract(body, '$.type') IS NOT NULL
    UNION ALL
    SELECT (
        SELECT min(json_extract(body, '$.type')) FROM objects
        WHERE kind = 'event' AND json_extract(body, '$.type') > name
    )
    FROM types WHERE name IS NOT NULL
)
SELECT name FROM types WHERE name IS NOT NULL
"""


def retrieve(tx: Transaction, params: JsonObject, event_id: str) -> JsonObject:
    del params
    event = tx.find("event", event_id, in_path=True)
    if event["created"] < tx.now - LISTED_FOR:
        raise missing_resource("event", event_id, in_path=True)
    return event


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    """List events, filtered by type and by whether all endpoints have received them."""
    found = Filter("event")
    found.where("created >= ?", tx.now - LISTED_FOR)
    patterns = _patterns(params)
    if patterns:
        found.one_of("type", _matching_types(tx, patterns))
    if "delivery_success" in params:
        found.where(_DELIVERED if params["delivery_success"] else _UNDELIVERED)
    return list_objects(tx, found, params, "/v1/events")


def _matching_types(tx: Transaction, patterns: list[str]) -> list[str]:
    """Return the types that match a pattern: a type, or the beginning of one and `.*`."""
    known: list[str] = [row["name"] for row in tx.store.all(_TYPES)]
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _patterns(params: JsonObject) -> list[str]:
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
    # Only `*` is special.
    return [name.replace("[", "[[]").replace("?", "[?]") for name in types]
