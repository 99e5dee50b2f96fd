"""The requests to the API: parameters, answer, status and duration."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlencode

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.answering import PageRoute, give, number, query, wants_page
from payments_graphql.sandbox.inside.frame import Page, show
from payments_graphql.sandbox.inside.html import Html, badge, fill, moment, older_link, table
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.request_log import RecordedRequest

_PATH = "/_sandbox/requests"
_SHOWN = 100
_HEADINGS = ("Time", "Request", "Status", "Fault", "ms", "Idempotency key")
_HIDE = "hide"


class Requests:
    def __init__(self, parts: Parts) -> None:
        self._log = parts.request_log

    def routes(self) -> list[PageRoute]:
        return [("GET", _PATH, self.list_all), ("GET", f"{_PATH}/([^/]+)", self.one)]

    def list_all(self, request: HttpRequest) -> HttpAnswer | Page:
        """List the requests; `method`, `path` and `reads=hide` filter them.

        The JSON has all of them, oldest first. The page shows the newest first.
        """
        asked = query(request)
        found = self._log.matching(asked.get("method") or None, asked.get("path") or None)
        if asked.get("reads") == _HIDE:
            found = [one for one in found if one.method != "GET"]
        if not wants_page(request):
            return give({"data": [asdict(one) for one in found]})
        start = number(asked, "from") or 0
        newest = found[::-1]
        more = Html("")
        if len(newest) > start + _SHOWN:
            kept = {name: asked.get(name, "") for name in ("method", "path", "reads")}
            more = older_link(_PATH, urlencode(kept | {"from": start + _SHOWN}))
        rows = map(_cells, newest[start : start + _SHOWN])
        return show("Requests", _filter(asked), table(_HEADINGS, rows), more)

    def one(self, request: HttpRequest, request_id: str) -> HttpAnswer | Page:
        """A request with its answer."""
        found = self._log.find(request_id)
        if found is None:
            raise UnsavedError(
                f"No such request: '{request_id}'. The sandbox keeps the latest ones only, and "
                "forgets them when it stops.",
                status=404,
            )
        recorded, answer = found
        if not wants_page(request):
            return give(asdict(recorded) | {"answer": answer})
        return show(f"{recorded.method} {recorded.path}", _facts(recorded), _both(recorded, answer))


def _filter(asked: dict[str, str]) -> Html:
    return fill(
        '<form class="fields"><label>Method<input name="method" value="{}" size="8"></label>'
        '<label>Path (* matches anything)<input name="path" value="{}" size="30"></label>'
        '<label class="check"><input type="checkbox" name="reads" value="hide"{}>Hide reads</label>'
        "<button>Filter</button></form>",
        asked.get("method", ""),
        asked.get("path", ""),
        Html(" checked" if asked.get("reads") == _HIDE else ""),
    )


def _cells(one: RecordedRequest) -> Iterator[object]:
    yield moment(one.created)
    yield fill(
        '<a href="{}/{}">{} <code>{}</code></a>', _PATH, one.request_id, one.method, one.path
    )
    yield _status(one)
    yield one.fault or ""
    yield _milliseconds(one)
    yield fill("<code>{}</code>", one.idempotency_key) if one.idempotency_key else ""


def _status(one: RecordedRequest) -> Html:
    replayed = Html(" replayed") if one.is_replay else Html("")
    return fill("{}{}", badge(one.status or "no answer"), replayed)


def _milliseconds(one: RecordedRequest) -> str:
    return f"{one.duration * 1000:.1f}"


def _facts(one: RecordedRequest) -> Html:
    key = fill(" · Idempotency key <code>{}</code>", one.idempotency_key)
    return fill(
        "<p>{} {} · {} ms · <code>{}</code>{}{}</p>",
        _status(one),
        moment(one.created),
        _milliseconds(one),
        one.request_id,
        key if one.idempotency_key else Html(""),
        fill(" · Fault {}", one.fault) if one.fault else Html(""),
    )


def _both(one: RecordedRequest, answer: str | None) -> Html:
    parameters = json.dumps(one.parameters, indent=2, ensure_ascii=False)
    return fill(
        '<div class="pair"><section><h2>Parameters</h2>{}</section>'
        "<section><h2>Answer</h2>{}</section></div>",
        fill("<pre>{}</pre>", parameters) if one.parameters else Html("<p>None.</p>"),
        _answer(one, answer),
    )


def _answer(one: RecordedRequest, answer: str | None) -> Html:
    if answer is None:
        return Html("<p>No longer kept: only the latest requests have their answers.</p>")
    if not answer:
        return Html("<p>A fault prevented the answer.</p>") if one.fault else Html("<p>Empty.</p>")
    try:
        return fill("<pre>{}</pre>", json.dumps(json.loads(answer), indent=2, ensure_ascii=False))
    except ValueError:
        return fill("<pre>{}</pre><p>The rest is not kept.</p>", answer)
