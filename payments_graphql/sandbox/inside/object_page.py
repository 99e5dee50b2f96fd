"""The page of one object: its actions, related objects and events, and its JSON."""

import json
import re
from collections.abc import Iterator

from payments_graphql.sandbox.actions.kinds import Action, Field
from payments_graphql.sandbox.currencies import format_amount
from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    wants_page,
)
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, badge, fill, join, options
from payments_graphql.sandbox.inside.object_tables import (
    HIDDEN,
    Finder,
    describe,
    events_table,
    objects_table,
    visible,
    waiting_link,
)
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.resources.next_declines import FIELD as NEXT_DECLINE
from payments_graphql.sandbox.store import load

_SHOWN = 50
_ID = re.compile(r"[a-z]+_\w+", re.ASCII)
_OWNERS = ("customer", "payment_intent", "charge")
_PATH = "/_sandbox/objects/([^/]+)"


class ObjectPage:
    def __init__(self, parts: Parts) -> None:
        self._finder = Finder(parts.store)
        self._actions = parts.actions

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", _PATH, self.show),
            ("GET", f"{_PATH}/actions", self.list_actions),
            ("POST", f"{_PATH}/actions", self.act),
        ]

    def show(self, request: HttpRequest, object_id: str) -> HttpAnswer | Page:
        row = self._find(object_id)
        shown = visible(row)
        if not wants_page(request):
            return give(shown)
        stored = load(row["body"])
        content = json.dumps(shown, indent=2, ensure_ascii=False)
        events = self._finder.select(
            "kind = 'event' AND json_extract(body, '$.data.object.id') = ?", object_id, limit=_SHOWN
        )
        return show(
            object_id,
            fill("<p>{} {} {}</p>", shown.get("object", ""), _status(shown), describe(shown)),
            waiting_link(row["kind"], shown),
            _next_decline(stored),
            _forms(stored, self._actions.list_for(stored)),
            Html("<h2>Related objects</h2>"),
            objects_table(self._related(object_id, shown)),
            Html("<h2>Its events</h2>"),
            events_table(events),
            Html("<h2>In the API</h2>"),
            fill("<pre>{}</pre>", content),
        )

    def list_actions(self, request: HttpRequest, object_id: str) -> HttpAnswer:
        """For programs: the possible actions, and the field that each one takes."""
        del request
        stored = load(self._find(object_id)["body"])
        return give({"data": [_describe_action(one) for one in self._actions.list_for(stored)]})

    def act(self, request: HttpRequest, object_id: str) -> HttpAnswer:
        """`action` is one of `list_actions`; the other field depends on the action."""
        self._find(object_id)
        given = fields(request)
        changed = self._actions.perform(object_id, str(given.pop("action", "")), given)
        if is_json(request):
            return give(without_private_fields(changed))
        return go_to(f"/_sandbox/objects/{object_id}")

    def _find(self, object_id: str) -> JsonObject:
        found = self._finder.find(object_id)
        if found is None:
            raise UnsavedError(f"No such object: '{object_id}'", status=404)
        return found

    def _related(self, object_id: str, shown: JsonObject) -> list[JsonObject]:
        """Return the objects that this one names, and those that name it."""
        names = sorted(set(_named_ids(shown)) - {object_id})
        rows = [row for row in map(self._finder.find, names) if row is not None]
        kinds = [name for name, _ in self._finder.count_types() if name not in {"event", HIDDEN}]
        marks = ", ".join("?" * len(kinds))
        for owner in _OWNERS:
            condition = f"kind IN ({marks}) AND json_extract(body, '$.{owner}') = ?"
            rows += self._finder.select(condition, *kinds, object_id, limit=_SHOWN)
        return list({row["id"]: row for row in rows}.values())


def _status(shown: JsonObject) -> Html:
    return badge(shown.get("status", "deleted" if shown.get("deleted") else ""))


def _next_decline(stored: JsonObject) -> Html:
    code = stored.get(NEXT_DECLINE)
    return (
        fill('<p class="note">The next card charge is declined: {}.</p>', code)
        if code
        else Html("")
    )


def _describe_action(action: Action) -> JsonObject:
    described: JsonObject = {"action": action.name, "description": action.label}
    if action.field is not None:
        described["field"] = action.field.name
        described["choices"] = list(action.field.choices) or None
    return described


def _forms(one: JsonObject, actions: list[Action]) -> Html:
    if not actions:
        return Html("")
    forms = join(_form(one, action) for action in actions)
    return fill('<h2>Actions</h2><div class="actions">{}</div>', forms)


def _form(one: JsonObject, action: Action) -> Html:
    return fill(
        '<form method="post" class="fields" action="/_sandbox/objects/{}/actions">{}'
        '<button name="action" value="{}">{}</button></form>',
        one["id"],
        _input(one, action.field) if action.field else Html(""),
        action.name,
        action.label,
    )


def _input(one: JsonObject, field: Field) -> Html:
    if field.choices:
        choices = options((choice, choice.replace("_", " ")) for choice in field.choices)
        return fill(
            '<label>{}<select name="{}">{}</select></label>', field.label, field.name, choices
        )
    return fill(
        '<label>{} ({} is {})<input name="{}" inputmode="numeric" pattern="[0-9]+" size="14" '
        'placeholder="All"></label>',
        field.label,
        one["amount"],
        format_amount(one["amount"], one["currency"]),
        field.name,
    )


def _named_ids(value: object) -> Iterator[str]:
    """Return every text in an object that may be an id."""
    if isinstance(value, dict):
        for entry in value.values():
            yield from _named_ids(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _named_ids(entry)
    elif isinstance(value, str) and _ID.fullmatch(value):
        yield value
