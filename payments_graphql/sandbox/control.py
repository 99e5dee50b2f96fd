"""Everything that isn't Stripe's, under `/_sandbox/`: finds the page, and refuses other sites."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.inside.answering import PageRoute, wants_page
from payments_graphql.sandbox.inside.cards import CardPages
from payments_graphql.sandbox.inside.clock import Clock
from payments_graphql.sandbox.inside.customer_pages import CustomerPages
from payments_graphql.sandbox.inside.faults import FaultPages
from payments_graphql.sandbox.inside.frame import Page, render, show
from payments_graphql.sandbox.inside.html import Html, fill
from payments_graphql.sandbox.inside.keys import KeyPages
from payments_graphql.sandbox.inside.object_page import ObjectPage
from payments_graphql.sandbox.inside.objects import Objects
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.inside.requests import Requests
from payments_graphql.sandbox.inside.reset import ResetPages
from payments_graphql.sandbox.inside.triggers import TriggerPages
from payments_graphql.sandbox.inside.webhooks import Webhooks
from payments_graphql.sandbox.listeners import find_site
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import StoreClosedError

_logger = logging.getLogger(__name__)
_READING = ("GET", "HEAD")
_PAGES = (
    *(CardPages, Clock, CustomerPages, FaultPages, KeyPages, Objects, ObjectPage, Requests),
    *(ResetPages, TriggerPages, Webhooks),
)
_FILES = {"copy.js": "text/javascript", "icon.svg": "image/svg+xml", "style.css": "text/css"}


class Control:
    """Answers everything outside `/v1`."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        routes: list[PageRoute] = [
            ("GET", "/_sandbox/health", _health),
            ("GET", rf"/_sandbox/({'|'.join(map(re.escape, _FILES))})", _file),
        ]
        for pages in _PAGES:
            routes += pages(parts).routes()
        self._routes = [(method, re.compile(path), answer) for method, path, answer in routes]

    def answer(self, request: HttpRequest) -> HttpAnswer:
        try:
            answer, groups = self._find(request)
            if request.method not in _READING:
                _check_origin(request)
            return self._render(request, answer(request, *groups))
        except ApiError as error:
            return self._refuse(request, error)
        except StoreClosedError:  # the sandbox has stopped: the connection is cut
            raise
        except Exception:  # the caller must get an answer even if the sandbox has a bug
            _logger.exception("%s %s failed", request.method, request.path)
            return self._refuse(request, ApiError("An unknown error occurred.", status=500))

    def _render(self, request: HttpRequest, answer: HttpAnswer | Page) -> HttpAnswer:
        if isinstance(answer, HttpAnswer):
            return answer
        return render(answer, request.path, find_site(self._store))

    def _refuse(self, request: HttpRequest, error: ApiError) -> HttpAnswer:
        if not wants_page(request):
            body = error.body("req_control", int(self._store.now()))
            return HttpAnswer.json(error.status, body)
        message = fill('<p class="note bad">{}</p>', error.message)
        hint = Html("<p>Go back to the page before, or choose another one above.</p>")
        title = "Not found" if error.status == 404 else "Not possible"
        return self._render(request, show(title, message, hint, status=error.status))

    def _find(
        self, request: HttpRequest
    ) -> tuple[Callable[..., HttpAnswer | Page], tuple[str, ...]]:
        method = "GET" if request.method == "HEAD" else request.method
        for known, pattern, answer in self._routes:
            if known == method and (match := pattern.fullmatch(request.path)):
                return answer, match.groups()
        raise unrecognized_url(request.method, request.path)


def _check_origin(request: HttpRequest) -> None:
    """Refuse what a page of another site has a browser send (cross-site request forgery).

    Browsers say where a request comes from; programs say nothing, and may act.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        origin = request.headers.get("Origin")
        host = request.headers.get("Host")
        is_own = origin is None or origin in {f"http://{host}", f"https://{host}"}
    else:
        is_own = site in {"same-origin", "none"}
    if not is_own:
        raise UnsavedError("Forbidden: the request comes from another site's page.", status=403)


def _health(request: HttpRequest) -> HttpAnswer:
    del request
    return HttpAnswer.json(200, {"status": "ok", "api_version": API_VERSION})


def _file(request: HttpRequest, name: str) -> HttpAnswer:
    del request
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    content = (Path(__file__).parent / "inside" / name).read_bytes()
    return HttpAnswer(200, content, f"{_FILES[name]}; charset=utf-8", headers)
