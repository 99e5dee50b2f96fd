"""Reads what a browser or a program sends, and answers each in its own way."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.inside.frame import COMMON_HEADERS, Page
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

# Method, pattern of the whole path, and a function of the request and the pattern's groups.
type PageRoute = tuple[str, str, Callable[..., HttpAnswer | Page]]


def give(content: JsonObject) -> HttpAnswer:
    return HttpAnswer.json(200, content, dict(COMMON_HEADERS))


def go_to(path: str) -> HttpAnswer:
    return HttpAnswer(303, b"", "text/plain", {"Location": path})


def wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def is_json(request: HttpRequest) -> bool:
    return request.headers.get_content_type() == "application/json"


def query(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of the address; the first one of each name."""
    return {name: values[0] for name, values in parse_qs(request.query).items()}


def number(fields: dict[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def fields(request: HttpRequest) -> JsonObject:
    """Return the fields of the body, sent as JSON or as a form."""
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
