"""Serves the sandbox's Stripe.js and its frames, at the addresses of Stripe's own.

`/v3/` is the unversioned script, `/endive/stripe.js` the one of a release. Each says its release in
`Stripe.version`, because `@stripe/stripe-js` warns about any other than its own:
https://docs.stripe.com/sdks/stripejs-versioning
"""

import json
import re
from functools import cache
from pathlib import Path

from payments_graphql.sandbox.http_server import Responder
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest

_FOLDER = Path(__file__).parent
# The parts of the script, in the order in which they need one another.
_PARTS = ("api.js", "frames.js", "elements.js", "actions.js", "stripe.js")
# The documents in the frames, and what they load.
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


# Any name, so that an upgrade of `@stripe/stripe-js` needs no upgrade of the sandbox.
_RELEASE = re.compile(r"/([a-z]+|v3)/stripe\.js", re.ASCII)


class StripeJs:
    """Answers these addresses and passes all others on."""

    def __init__(self, next_responder: Responder) -> None:
        self._next = next_responder

    def answer(self, request: HttpRequest) -> HttpAnswer:
        if request.method not in {"GET", "HEAD"}:
            return self._next.answer(request)
        if release := _RELEASE.fullmatch(request.path):
            return _static(_script(release[1]), "text/javascript")
        top, _, name = request.path.removeprefix("/").partition("/")
        if top != "v3":
            return self._next.answer(request)
        if not name:
            return _static(_script("v3"), "text/javascript")
        if name not in _FILES:
            return self._next.answer(request)
        return _static(_read(name), _FILES[name])


def _static(content: str, kind: str) -> HttpAnswer:
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if kind == "text/html":
        headers |= {"Content-Security-Policy": _FRAME_POLICY, "Referrer-Policy": "no-referrer"}
    return HttpAnswer(200, content.encode(), f"{kind}; charset=utf-8", headers)


def _script(release: str) -> str:
    """Return the script; the function around its parts keeps their names out of the page."""
    version = json.dumps(3 if release == "v3" else release)
    parts = "\n".join(_read(name) for name in _PARTS)
    return f'(() => {{\n"use strict";\n\nconst VERSION = {version};\n\n{parts}\n}})();\n'


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text()
