"""The overview, and the list of objects by type and id."""

from urllib.parse import urlencode

from payments_graphql.sandbox.inside.answering import (
    PageRoute,
    give,
    number,
    query,
    wants_page,
)
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, fill, older_link, options
from payments_graphql.sandbox.inside.object_tables import (
    HIDDEN,
    Finder,
    events_table,
    objects_table,
    visible,
)
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_SHOWN = 50
_LATEST = 15
_WELCOME = Html(
    '<p>This is a local Stripe. It takes test keys only, and no money moves. <a href="/_sandbox/'
    'keys">Keys</a> has what your site needs to connect, <a href="/_sandbox/cards">Test cards'
    "</a> has numbers to pay with. Open an object to refund, capture, dispute or fail it.</p>"
)


class Objects:
    def __init__(self, parts: Parts) -> None:
        self._finder = Finder(parts.store)

    def routes(self) -> list[PageRoute]:
        return [
            ("GET", "/", self.overview),
            ("GET", "/_sandbox/?", self.overview),
            ("GET", "/_sandbox/objects", self.list_all),
        ]

    def overview(self, request: HttpRequest) -> Page:
        """What the sandbox is, and the latest objects and events."""
        del request
        objects = self._finder.select(
            f"kind NOT IN ('event', 'balance_transaction', '{HIDDEN}')", limit=_LATEST
        )
        events = self._finder.select("kind = 'event'", limit=_LATEST)
        return show(
            "Overview",
            _WELCOME,
            self._search(),
            Html("<h2>Latest objects</h2>"),
            objects_table(objects),
            Html("<h2>Latest events</h2>"),
            events_table(events),
            Html('<h2>Start over</h2><p><a href="/_sandbox/reset">Reset the sandbox</a></p>'),
        )

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        """Newest first; `type`, the beginning of `id`, and `before` for the next page."""
        asked = query(request)
        conditions, values = [f"kind != '{HIDDEN}'"], list[object]()
        if asked.get("type"):
            conditions, values = ["kind = ?"], [asked["type"]]
        if asked.get("id"):
            conditions.append("id >= ? AND id < ?")
            values += [asked["id"], f"{asked['id']}~"]
        before = number(asked, "before")
        if before is not None:
            conditions.append("seq < ?")
            values.append(before)
        rows = self._finder.select(" AND ".join(conditions), *values, limit=_SHOWN + 1)
        shown = [row for row in rows if row["kind"] != HIDDEN][:_SHOWN]
        if not wants_page(request):
            return give({"data": [visible(row) for row in shown]})
        more = Html("")
        if len(rows) > _SHOWN:
            same = {"type": asked.get("type", ""), "id": asked.get("id", "")}
            more = older_link("/_sandbox/objects", urlencode(same | {"before": shown[-1]["seq"]}))
        return show("Objects", self._search(asked), objects_table(shown), more)

    def _search(self, asked: dict[str, str] | None = None) -> Html:
        chosen = asked or {}
        types = [(name, f"{name} ({count})") for name, count in self._finder.count_types()]
        return fill(
            '<form class="fields" action="/_sandbox/objects"><label>Type<select name="type">{}'
            '</select></label><label>Id begins with<input name="id" value="{}" size="34"></label>'
            "<button>Search</button></form>",
            options([("", "All"), *types], chosen.get("type", "")),
            chosen.get("id", ""),
        )
