"""The requests to the API: what came, what it was answered and how long that took."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlencode

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
    moment,
    older_link,
    page,
    table,
)
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.request_log import RecordedRequest

_SHOWN = 100
_HEADINGS = ("Time", "Request", "Status", "Fault", "ms", "Idempotency key", "Parameters")


class Requests:
    def __init__(self, parts: Parts) -> None:
        self._log = parts.request_log

    def routes(self) -> list[PageRoute]:
        return [("GET", "/_sandbox/requests", self.list_all)]

    def list_all(self, request: HttpRequest) -> HttpAnswer:
        """JSON has them oldest first and all; the page newest first and in parts."""
        asked = query(request)
        found = self._log.matching(asked.get("method") or None, asked.get("path") or None)
        if not wants_page(request):
            return give({"data": [asdict(one) for one in found]})
        start = number(asked, "from") or 0
        newest = found[::-1]
        more = Html("")
        if len(newest) > start + _SHOWN:
            rest = {"method": asked.get("method", ""), "path": asked.get("path", "")}
            more = older_link("/_sandbox/requests", urlencode(rest | {"from": start + _SHOWN}))
        rows = map(_cells, newest[start : start + _SHOWN])
        return show(page("Requests", _filter(asked), table(_HEADINGS, rows), more))


def _filter(asked: dict[str, str]) -> Html:
    return fill(
        '<form class="fields"><label>Method<input name="method" value="{}" size="8"></label>'
        '<label>Path, * for anything<input name="path" value="{}" size="34"></label>'
        "<button>Filter</button></form>",
        asked.get("method", ""),
        asked.get("path", ""),
    )


def _cells(one: RecordedRequest) -> Iterator[object]:
    yield moment(one.created)
    yield fill(
        "{} <code>{}</code><br><code class=quiet>{}</code>", one.method, one.path, one.request_id
    )
    replayed = Html(" replayed") if one.is_replay else Html("")
    yield fill("{}{}", badge(one.status or "no answer"), replayed)
    yield one.fault or ""
    yield f"{one.duration * 1000:.1f}"
    yield fill("<code>{}</code>", one.idempotency_key or "")
    if one.parameters:
        text = json.dumps(one.parameters, indent=1, ensure_ascii=False)
        yield fill("<details><summary>{}</summary><pre>{}</pre></details>", _summary(one), text)
    else:
        yield ""


def _summary(one: RecordedRequest) -> str:
    count = len(one.parameters)
    return f"{count} parameter{'s' if count > 1 else ''}"
