"""Webhook endpoints, and deliveries with their attempts; each can be sent again."""

from collections.abc import Iterator

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.events import ENDPOINT_KINDS
from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    give,
    go_to,
    is_json,
    number,
    query,
    wants_page,
)
from payments_graphql.sandbox.inside.dead_endpoints import warn
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import (
    Html,
    answer_badge,
    badge,
    button,
    fill,
    join,
    moment,
    object_link,
    older_link,
    table,
)
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.store import load

_SHOWN = 50
_ATTEMPTS_SHOWN = 4


class Webhooks:
    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._deliverer = parts.deliverer

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", "/_sandbox/webhooks", self.list_all),
            ("POST", r"/_sandbox/deliveries/(\d{1,15})/send", self.send_again),
            ("POST", "/_sandbox/endpoints/([^/]+)/send", self.send_pending),
        ]

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        """Endpoints, and deliveries newest first; `before` for the next page."""
        before = number(query(request), "before")
        stored = self._endpoints()
        deliveries = self._deliveries(before)
        if not wants_page(request):
            endpoints = [without_private_fields(endpoint) for endpoint in stored]
            return give({"endpoints": endpoints, "deliveries": deliveries[:_SHOWN]})
        urls = {endpoint["id"]: endpoint["url"] for endpoint in stored}
        more = Html("")
        if len(deliveries) > _SHOWN:
            more = older_link("/_sandbox/webhooks", f"before={deliveries[_SHOWN - 1]['id']}")
        headings = ("Event", "To", "Status", "Attempts", "")
        return show(
            "Webhooks",
            join(warn(self._store, endpoint) for endpoint in stored),
            Html("<h2>Endpoints</h2>"),
            table(("Address", "Id", "Status", "Events"), map(_endpoint_cells, stored)),
            Html("<h2>Deliveries</h2>"),
            table(headings, (_delivery_cells(one, urls) for one in deliveries[:_SHOWN])),
            more,
        )

    def send_again(self, request: HttpRequest, delivery: str) -> HttpAnswer:
        if not self._deliverer.send_again(int(delivery)):
            raise UnsavedError(f"No such delivery: {delivery}", status=404)
        return give({"id": int(delivery)}) if is_json(request) else go_to("/_sandbox/webhooks")

    def send_pending(self, request: HttpRequest, endpoint_id: str) -> HttpAnswer:
        if endpoint_id not in {endpoint["id"] for endpoint in self._endpoints()}:
            raise UnsavedError(f"No such endpoint: '{endpoint_id}'", status=404)
        self._deliverer.send_pending(endpoint_id)
        return give({"id": endpoint_id}) if is_json(request) else go_to("/_sandbox/webhooks")

    def _endpoints(self) -> list[JsonObject]:
        """Return the account's endpoints and the addresses of `forward_to`, as stored."""
        rows = self._store.all(
            "SELECT body FROM objects WHERE kind IN (?, ?) ORDER BY seq", *ENDPOINT_KINDS
        )
        return [load(row["body"]) for row in rows]

    def _deliveries(self, before: int | None) -> list[JsonObject]:
        rows = self._store.all(
            "SELECT deliveries.*, json_extract(objects.body, '$.type') AS type FROM deliveries "
            "JOIN objects ON objects.id = deliveries.event WHERE (? IS NULL OR deliveries.seq < ?) "
            "ORDER BY deliveries.seq DESC LIMIT ?",
            before,
            before,
            _SHOWN + 1,
        )
        return [self._with_attempts(row) for row in rows]

    def _with_attempts(self, row: JsonObject) -> JsonObject:
        attempts = self._store.all(
            "SELECT made, answer, duration FROM attempts WHERE delivery = ? ORDER BY seq",
            row["seq"],
        )
        return {
            "id": row["seq"],
            "event": row["event"],
            "type": row["type"],
            "endpoint": row["endpoint"],
            "status": row["status"],
            "answer": row["answer"],
            "due": row["due"],
            "attempts": attempts,
        }


def _endpoint_cells(endpoint: JsonObject) -> Iterator[object]:
    yield fill('<span class="address">{}</span>', endpoint["url"])
    yield fill("<code>{}</code>", endpoint["id"])
    yield badge(endpoint["status"])
    yield ", ".join(endpoint["enabled_events"])


def _delivery_cells(one: JsonObject, urls: dict[str, str]) -> Iterator[object]:
    yield fill("{}<br>{}", one["type"], object_link(one["event"]))
    yield fill('<span class="address">{}</span>', urls.get(one["endpoint"], "deleted"))
    due = fill("<br>due {}", moment(one["due"])) if one["status"] == "pending" else Html("")
    yield fill("{}{}", badge(one["status"]), due)
    yield _attempts(one["attempts"]) if one["attempts"] else one["answer"]
    yield button(f"/_sandbox/deliveries/{one['id']}/send", "Send again")


def _attempts(attempts: list[JsonObject]) -> Html:
    """The latest attempts, with their numbers."""
    latest = attempts[-_ATTEMPTS_SHOWN:]
    lines = join(
        fill(
            "<li>{} {} ({} ms)</li>",
            moment(attempt["made"]),
            answer_badge(attempt["answer"]),
            f"{attempt['duration'] * 1000:.0f}",
        )
        for attempt in latest
    )
    return fill('<ol start="{}">{}</ol>', len(attempts) - len(latest) + 1, lines)
