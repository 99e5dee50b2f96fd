"""Serves the scripts and frames of the Stripe.js stand-in, and hands other requests on."""

from functools import cache
from pathlib import Path

from payments_graphql.sandbox.http_server import Responder
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_FOLDER = Path(__file__).parent
# The script at `/v3/`, in the order in which its parts need one another.
_PARTS = ("api.js", "frames.js", "elements.js", "actions.js", "stripe.js")
# What the documents in the frames load beside it.
_FILES = {
    "api.js": "text/javascript",
    "bank.html": "text/html",
    "bank.js": "text/javascript",
    "cards.js": "text/javascript",
    "element.css": "text/css",
    "element.html": "text/html",
    "element.js": "text/javascript",
    "methods.js": "text/javascript",
}
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


class StripeJs:
    """Answers `/v3/`; everything else is the next responder's business."""

    def __init__(self, next_responder: Responder) -> None:
        self._next = next_responder

    def answer(self, request: HttpRequest) -> HttpAnswer:
        top, _, name = request.path.removeprefix("/").partition("/")
        if top != "v3" or request.method not in {"GET", "HEAD"}:
            return self._next.answer(request)
        if not name:
            return _static(_script(), "text/javascript")
        if name not in _FILES:
            return self._next.answer(request)
        return _static(_read(name), _FILES[name])


def _static(content: str, kind: str) -> HttpAnswer:
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if kind == "text/html":
        headers |= {"Content-Security-Policy": _FRAME_POLICY, "Referrer-Policy": "no-referrer"}
    return HttpAnswer(200, content.encode(), f"{kind}; charset=utf-8", headers)


@cache
def _script() -> str:
    """One function around the parts keeps their names out of the page."""
    parts = "\n".join(_read(name) for name in _PARTS)
    return f'(() => {{\n"use strict";\n\n{parts}\n}})();\n'


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text()
