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
# Few, so it is faster to begin with them; by position, which is the order of the list.
_UNDELIVERED = (
    "seq IN (SELECT subject.seq FROM deliveries JOIN objects AS subject "
    "ON subject.id = deliveries.event WHERE deliveries.status IN ('failed', 'pending'))"
)
# The types that there are, each found in the index by looking for the next one.
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
    """List by type and by whether every webhook endpoint has taken the event."""
    found = Filter("event")
    found.where("created >= ?", tx.now - LISTED_FOR)
    patterns = _patterns(params)
    if patterns:
        found.one_of("type", _matching_types(tx, patterns))
    if "delivery_success" in params:
        found.where(_DELIVERED if params["delivery_success"] else _UNDELIVERED)
    return list_objects(tx, found, params, "/v1/events")


def _matching_types(tx: Transaction, patterns: list[str]) -> list[str]:
    """A pattern is a type, or begins one and ends in `.*`."""
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
    # Only the star is special.
    return [name.replace("[", "[[]").replace("?", "[?]") for name in types]
