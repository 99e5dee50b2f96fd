"""A page that does to a dispute what only banks and networks do."""

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    fields,
    give,
    go_to,
    is_json,
    show,
    wants_page,
)
from payments_graphql.sandbox.inside.html import Html, badge, button, fill, join, object_link, page
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.resources import dispute_turns

_PATH = "/_sandbox/disputes/"


class DisputePages:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._new_transaction = parts.new_transaction
        self._on_change = parts.on_change

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", f"{_PATH}([^/]+)", self.show),
            ("POST", f"{_PATH}([^/]+)", self.turn),
        ]

    def show(self, request: HttpRequest, dispute_id: str) -> HttpAnswer:
        """The turns that it can take now."""
        dispute = self._find(dispute_id)
        turns = dispute_turns.list_turns(dispute["status"])
        if not wants_page(request):
            return give({"status": dispute["status"], "actions": turns})
        buttons = join(
            button(f"{_PATH}{dispute_id}", name.replace("_", " ").capitalize(), "action", name)
            for name in turns
        )
        state = fill(
            "<p>{} is {}. The bank can:</p>", object_link(dispute_id), badge(dispute["status"])
        )
        return show(page("Dispute", state, buttons or Html("<p>Nothing.</p>")))

    def turn(self, request: HttpRequest, dispute_id: str) -> HttpAnswer:
        """`action` is one of those that `show` lists."""
        action = str(fields(request).get("action"))
        with self._store.transaction():
            dispute = dispute_turns.turn(self._new_transaction(), self._find(dispute_id), action)
        self._on_change()
        if is_json(request):
            return give(without_private_fields(dispute))
        return go_to(f"{_PATH}{dispute_id}")

    def _find(self, dispute_id: str) -> JsonObject:
        dispute = self._store.get("dispute", dispute_id)
        if dispute is None:
            raise UnsavedError(f"No such dispute: '{dispute_id}'", status=404)
        return dispute
