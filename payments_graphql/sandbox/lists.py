"""Lists and their pages: https://docs.stripe.com/api/pagination."""

from collections.abc import Sequence

from payments_graphql.sandbox.errors import InvalidParameterError, missing_resource
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.store import load
from payments_graphql.sandbox.transaction import Transaction

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_DEFAULT_LIMIT = 10
_LARGEST_LIMIT = 100


class Filter:
    """The conditions of a list, as SQL with values."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.conditions = ["kind = ?"]
        self.values: list[object] = [kind]
        self._alternatives: tuple[str, Sequence[object]] | None = None

    def where(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    def equals(self, attribute: str, value: object) -> None:
        """Keep objects with this value; None keeps all. `attribute` never comes from a request."""
        if value is not None:
            self.where(f"json_extract(body, '$.{attribute}') = ?", value)

    def one_of(self, attribute: str, values: Sequence[object]) -> None:
        """Keep objects with one of these values; the attribute must have an index."""
        if values:
            self._alternatives = (f"json_extract(body, '$.{attribute}') = ?", values)
        else:
            self.where("FALSE")

    def statement(self, order: str, limit: int) -> tuple[str, list[object]]:
        """Return the SQL for the first objects in this order, and its values."""
        # S608: it contains only fixed text of this package; values are bound.
        conditions = " AND ".join(self.conditions)
        tail = f"ORDER BY seq {order} LIMIT ?"
        if self._alternatives is None:
            sql = f"SELECT body FROM objects WHERE {conditions} {tail}"
            return sql, [*self.values, limit]
        # Merge the first rows of each value, because SQLite would sort all rows.
        condition, values = self._alternatives
        part = f"SELECT seq FROM objects WHERE {conditions} AND {condition} {tail}"
        parts = " UNION ALL ".join([f"SELECT seq FROM ({part})"] * len(values))
        sql = f"SELECT body FROM objects WHERE seq IN ({parts}) {tail}"
        bound = [one for value in values for one in (*self.values, value, limit)]
        return sql, [*bound, limit]

    def created(self, condition: int | JsonObject | None) -> None:
        """Keep objects by creation time."""
        self.compare("created", condition)

    def compare(self, column: str, condition: int | JsonObject | None) -> None:
        """Keep objects by a time in Unix seconds: exact, or `gt`, `gte`, `lt`, `lte`.

        `column` never comes from a request.
        """
        if isinstance(condition, int):
            self.where(f"{column} = ?", condition)
        elif condition:
            for name, value in condition.items():
                self.where(f"{column} {_COMPARISONS[name]} ?", value)


def list_objects(tx: Transaction, found: Filter, params: JsonObject, url: str) -> JsonObject:
    """Return one page, newest first."""
    limit = _check_limit(params.get("limit", _DEFAULT_LIMIT))
    backwards = "ending_before" in params
    found.created(params.get("created"))
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            found.where(f"seq {comparison} ?", _position(tx, found.kind, params[name], name))
    # After looking up both, as at Stripe, which first reports an unknown one.
    if "starting_after" in params and "ending_before" in params:
        raise InvalidParameterError(
            "Received both starting_after and ending_before parameters. Please pass in only one."
        )
    sql, values = found.statement("ASC" if backwards else "DESC", limit + 1)
    rows = tx.store.all(sql, *values)
    page = [without_private_fields(load(row["body"])) for row in rows[:limit]]
    if backwards:
        page.reverse()
    return {"object": "list", "data": page, "has_more": len(rows) > limit, "url": url}


def _check_limit(limit: int) -> int:
    if not 1 <= limit <= _LARGEST_LIMIT:
        bound = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise InvalidParameterError(
            f"This value must be {bound}.", code="parameter_invalid_integer", param="limit"
        )
    return limit


def _position(tx: Transaction, kind: str, object_id: str, param: str) -> int:
    row = tx.store.first("SELECT seq FROM objects WHERE id = ? AND kind = ?", object_id, kind)
    if row is None:
        raise missing_resource(kind, object_id, param=param)
    return int(row["seq"])
