"""Reading what a browser or a program sends, and answering each in its own way."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.html import Html
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

# Method, pattern of the whole path, and what answers: it gets the request and the pattern's groups.
type PageRoute = tuple[str, str, Callable[..., HttpAnswer]]

_COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'"
_POLICY_INSIDE = f"{_POLICY}; form-action 'self'; frame-ancestors 'none'"


def show(page: Html, status: int = 200) -> HttpAnswer:
    """A page of the inside: it runs no script, loads nothing from elsewhere and is in no frame."""
    headers = _COMMON_HEADERS | {"Content-Security-Policy": _POLICY_INSIDE}
    return HttpAnswer(status, page.encode(), "text/html; charset=utf-8", headers)


def show_to_customer(page: Html) -> HttpAnswer:
    """A page that a shop may frame, and whose form may lead back to the shop."""
    headers = _COMMON_HEADERS | {"Content-Security-Policy": _POLICY}
    return HttpAnswer(200, page.encode(), "text/html; charset=utf-8", headers)


def give(content: JsonObject) -> HttpAnswer:
    return HttpAnswer.json(200, content, dict(_COMMON_HEADERS))


def go_to(path: str) -> HttpAnswer:
    return HttpAnswer(303, b"", "text/plain", {"Location": path})


def wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def is_json(request: HttpRequest) -> bool:
    return request.headers.get_content_type() == "application/json"


def query(request: HttpRequest) -> dict[str, str]:
    """The address's parameters; the first one of each name."""
    return {name: values[0] for name, values in parse_qs(request.query).items()}


def number(fields: dict[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def fields(request: HttpRequest) -> JsonObject:
    """The body's fields, sent as JSON or as a form."""
    try:
        text = request.body.decode()
        if not is_json(request):
            return {name: values[0] for name, values in parse_qs(text).items()}
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnsavedError("Invalid request: the body must be a JSON object or a form.")
    return found
