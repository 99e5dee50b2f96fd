"""Finding stored objects, and the tables that show them."""

from collections.abc import Iterator

from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.inside.html import Html, badge, fill, moment, object_link, table
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.store import Store, load

HIDDEN = "listener"
"""A kind that isn't an object of Stripe's API: it is shown with the webhooks."""

# Pages for the customer's next action, other than 3-D Secure and redirects.
_PAGES = {
    "boleto_display_details": ("vouchers", "pay"),
    "verify_with_microdeposits": ("microdeposits", "verify"),
}


class Finder:
    """Reads rows of objects; each row has `seq`, `kind`, `id` and `body`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, object_id: str) -> JsonObject | None:
        return next(iter(self.select(f"id = ? AND kind != '{HIDDEN}'", object_id, limit=1)), None)

    def select(self, condition: str, *values: object, limit: int) -> list[JsonObject]:
        """Return the newest rows. `condition` is fixed text; `values` may come from a request."""
        return self._store.all(
            f"SELECT seq, kind, id, body FROM objects WHERE {condition} ORDER BY seq DESC LIMIT ?",
            *values,
            limit,
        )

    def count_types(self) -> list[tuple[str, int]]:
        rows = self._store.all(
            "SELECT kind, count(*) AS count FROM objects WHERE kind != ? GROUP BY kind", HIDDEN
        )
        return [(row["kind"], row["count"]) for row in rows]


def visible(row: JsonObject) -> JsonObject:
    return without_private_fields(load(row["body"]))


def objects_table(rows: list[JsonObject]) -> Html:
    return table(("Object", "Id", "Status", "About", "Created"), map(_cells, rows))


def events_table(rows: list[JsonObject]) -> Html:
    events = (load(row["body"]) for row in rows)
    return table(
        ("Type", "Id", "About", "Created"),
        (
            (
                event["type"],
                object_link(event["id"]),
                _subject_link(event["data"]["object"]),
                moment(event["created"]),
            )
            for event in events
        ),
    )


def waiting_link(kind: str, one: JsonObject) -> Html:
    """Return a link to the page for the customer's next action, if the intent requires one."""
    if one.get("status") != "requires_action" or not kind.endswith("_intent"):
        return Html("")
    action = (one["next_action"] or {}).get("type", "")
    page, verb = _PAGES.get(action, ("authenticate", "authenticate"))
    return fill('<a href="/_sandbox/{}/{}">{}</a>', page, one["id"], verb.capitalize())


def describe(one: JsonObject) -> object:
    """Return what people recognize the object by."""
    if one.get("object") == "event":
        return fill("{} {}", one["type"], _subject_link(one["data"]["object"]))
    if isinstance(one.get("amount"), int) and "currency" in one:
        sign = "-" if one["amount"] < 0 else ""
        text = format_amount(abs(one["amount"]), one["currency"])
        amount = f"{sign}{text} {one['currency'].upper()}"
        return f"{amount}, {one['description']}" if one.get("description") else amount
    return one.get("email") or one.get("filename") or one.get("url") or ""


def _cells(row: JsonObject) -> Iterator[object]:
    one = load(row["body"])
    yield one.get("object", row["kind"])
    yield fill("{} {}", object_link(one["id"]), waiting_link(row["kind"], one))
    yield badge(one.get("status", "deleted" if one.get("deleted") else ""))
    yield describe(one)
    yield moment(one["created"]) if "created" in one else ""


def _subject_link(subject: JsonObject) -> object:
    return object_link(subject["id"]) if "id" in subject else ""
