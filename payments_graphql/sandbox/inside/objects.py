"""Objects: by type, by id, and one with what belongs to it."""

import json
import re
from collections.abc import Iterator

from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    give,
    number,
    query,
    show,
    wants_page,
)
from payments_graphql.sandbox.inside.html import (
    Html,
    badge,
    fill,
    join,
    moment,
    object_link,
    older_link,
    page,
    table,
)
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.store import load

_SHOWN = 50
_LATEST = 15
_ID = re.compile(r"[a-z]+_\w+", re.ASCII)
_OWNERS = ("customer", "payment_intent", "charge")
# Not an object of Stripe's API: it is among the webhooks.
_HIDDEN = "listener"
# Where the customer does what an intent waits for, unless it is 3-D Secure or a redirect.
_PAGES = {
    "boleto_display_details": ("vouchers", "pay"),
    "verify_with_microdeposits": ("microdeposits", "verify"),
}


class Objects:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", "/", self.overview),
            ("GET", "/_sandbox/?", self.overview),
            ("GET", "/_sandbox/objects", self.list_all),
            ("GET", "/_sandbox/objects/([^/]+)", self.one),
        ]

    def overview(self, request: HttpRequest) -> HttpAnswer:
        """What this is and what happened last."""
        del request
        objects = self._select(f"kind NOT IN ('event', '{_HIDDEN}')", limit=_LATEST)
        events = self._select("kind = 'event'", limit=_LATEST)
        return show(
            page(
                "Overview",
                Html(
                    "<p>A local Stripe: test keys only, no money moves. Point the SDK at this "
                    "address.</p>"
                ),
                self._search(),
                Html("<h2>Latest objects</h2>"),
                _objects_table(objects),
                Html("<h2>Latest events</h2>"),
                _events_table(events),
            )
        )

    def list_all(self, request: HttpRequest) -> HttpAnswer:
        """Newest first; `type`, a beginning of `id`, and `before` for the next page."""
        asked = query(request)
        conditions, values = [f"kind != '{_HIDDEN}'"], list[object]()
        if asked.get("type"):
            conditions, values = ["kind = ?"], [asked["type"]]
        if asked.get("id"):
            conditions.append("id >= ? AND id < ?")
            values += [asked["id"], f"{asked['id']}~"]
        before = number(asked, "before")
        if before is not None:
            conditions.append("seq < ?")
            values.append(before)
        rows = self._select(" AND ".join(conditions), *values, limit=_SHOWN + 1)
        shown = [row for row in rows if row["kind"] != _HIDDEN][:_SHOWN]
        if not wants_page(request):
            return give({"data": [_visible(row) for row in shown]})
        more = Html("")
        if len(rows) > _SHOWN:
            last = shown[-1]["seq"]
            more = older_link(
                "/_sandbox/objects",
                f"type={asked.get('type', '')}&id={asked.get('id', '')}&before={last}",
            )
        return show(page("Objects", self._search(asked), _objects_table(shown), more))

    def one(self, request: HttpRequest, object_id: str) -> HttpAnswer:
        found = self._find(object_id)
        if found is None:
            raise UnsavedError(f"No such object: '{object_id}'", status=404)
        shown = _visible(found)
        if not wants_page(request):
            return give(shown)
        named = [self._find(name) for name in sorted(set(_named_ids(shown)) - {object_id})]
        related = {row["id"]: row for row in named + self._owned(object_id) if row}
        events = self._select(
            "kind = 'event' AND json_extract(body, '$.data.object.id') = ?", object_id, limit=_SHOWN
        )
        content = json.dumps(shown, indent=2, ensure_ascii=False)
        return show(
            page(
                object_id,
                Html("<h2>Related objects</h2>"),
                _objects_table(list(related.values())),
                Html("<h2>Its events</h2>"),
                _events_table(events),
                Html("<h2>As the API has it</h2>"),
                fill("<pre>{}</pre>", content),
            )
        )

    def _owned(self, object_id: str) -> list[JsonObject | None]:
        """Return the objects that name this one, other than events."""
        kinds = [name for name, _ in self._types() if name != "event"]
        marks = ", ".join("?" * len(kinds))
        owned: list[JsonObject | None] = []
        for owner in _OWNERS:
            condition = f"kind IN ({marks}) AND json_extract(body, '$.{owner}') = ?"
            owned += self._select(condition, *kinds, object_id, limit=_SHOWN)
        return owned

    def _find(self, object_id: str) -> JsonObject | None:
        return next(iter(self._select(f"id = ? AND kind != '{_HIDDEN}'", object_id, limit=1)), None)

    def _select(self, condition: str, *values: object, limit: int) -> list[JsonObject]:
        return self._store.all(
            # Only fixed text of this module is in the statement; what was sent is bound.
            f"SELECT seq, kind, id, body FROM objects WHERE {condition} ORDER BY seq DESC LIMIT ?",
            *values,
            limit,
        )

    def _types(self) -> list[tuple[str, int]]:
        rows = self._store.all(
            "SELECT kind, count(*) AS count FROM objects WHERE kind != ? GROUP BY kind", _HIDDEN
        )
        return [(row["kind"], row["count"]) for row in rows]

    def _search(self, asked: dict[str, str] | None = None) -> Html:
        chosen = asked or {}
        options = join(
            fill(
                '<option value="{}"{}>{} ({})</option>',
                name,
                Html(" selected" if name == chosen.get("type") else ""),
                name,
                count,
            )
            for name, count in self._types()
        )
        return fill(
            '<form class="fields" action="/_sandbox/objects"><label>Type<select name="type">'
            '<option value="">All</option>{}</select></label>'
            '<label>Id begins with<input name="id" value="{}" size="34"></label>'
            "<button>Search</button></form>",
            options,
            chosen.get("id", ""),
        )


def _visible(row: JsonObject) -> JsonObject:
    return without_private_fields(load(row["body"]))


def _objects_table(rows: list[JsonObject]) -> Html:
    return table(("Object", "Id", "Status", "About", "Created"), map(_cells, rows))


def _events_table(rows: list[JsonObject]) -> Html:
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


def _cells(row: JsonObject) -> Iterator[object]:
    one = load(row["body"])
    yield one.get("object", row["kind"])
    link = object_link(one["id"])
    if one.get("status") == "requires_action" and row["kind"].endswith("_intent"):
        action = (one["next_action"] or {}).get("type", "")
        page, verb = _PAGES.get(action, ("authenticate", "authenticate"))
        path = f"/_sandbox/{page}/{one['id']}"
        link = fill('{} (<a href="{}">{}</a>)', link, path, verb)
    if row["kind"] == "dispute":
        link = fill('{} (<a href="/_sandbox/disputes/{}">turn</a>)', link, one["id"])
    yield link
    yield badge(one.get("status", "deleted" if one.get("deleted") else ""))
    yield _about(one)
    yield moment(one["created"]) if "created" in one else ""


def _about(one: JsonObject) -> object:
    if one.get("object") == "event":
        return fill("{} {}", one["type"], _subject_link(one["data"]["object"]))
    if isinstance(one.get("amount"), int) and "currency" in one:
        return f"{format_amount(one['amount'], one['currency'])} {one['currency'].upper()}"
    return one.get("email") or one.get("url") or ""


def _subject_link(subject: JsonObject) -> object:
    return object_link(subject["id"]) if "id" in subject else ""


def _named_ids(value: object) -> Iterator[str]:
    """Every text in an object that may be an id."""
    if isinstance(value, dict):
        for entry in value.values():
            yield from _named_ids(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _named_ids(entry)
    elif isinstance(value, str) and _ID.fullmatch(value):
        yield value
