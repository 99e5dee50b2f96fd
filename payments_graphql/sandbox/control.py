"""What isn't Stripe's, under `/_sandbox/`: who may act there, and which page answers."""

import logging
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.inside.answering import PageRoute, show, wants_page
from payments_graphql.sandbox.inside.clock import Clock
from payments_graphql.sandbox.inside.customer_pages import CustomerPages
from payments_graphql.sandbox.inside.disputes import DisputePages
from payments_graphql.sandbox.inside.faults import FaultPages
from payments_graphql.sandbox.inside.html import fill, page
from payments_graphql.sandbox.inside.objects import Objects
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.inside.requests import Requests
from payments_graphql.sandbox.inside.triggers import TriggerPages
from payments_graphql.sandbox.inside.webhooks import Webhooks
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import StoreClosedError

_logger = logging.getLogger(__name__)
_READING = ("GET", "HEAD")
_PAGES = (Clock, CustomerPages, DisputePages, FaultPages, Objects, Requests, TriggerPages, Webhooks)


class Control:
    """Answers everything outside `/v1`."""

    def __init__(self, parts: Parts) -> None:
        self._now = parts.store.now
        routes: list[PageRoute] = [
            ("GET", "/_sandbox/health", _health),
            ("GET", r"/_sandbox/style\.css", _style),
        ]
        for pages in _PAGES:
            routes += pages(parts).routes()
        self._routes = [(method, re.compile(path), answer) for method, path, answer in routes]

    def answer(self, request: HttpRequest) -> HttpAnswer:
        try:
            answer, groups = self._find(request)
            if request.method not in _READING:
                _check_origin(request)
            return answer(request, *groups)
        except ApiError as error:
            return self._refuse(request, error)
        except StoreClosedError:  # the sandbox has stopped: the connection is cut
            raise
        except Exception:  # a bug of ours must not leave the caller without an answer
            _logger.exception("%s %s failed", request.method, request.path)
            return self._refuse(request, ApiError("An unknown error occurred.", status=500))

    def _refuse(self, request: HttpRequest, error: ApiError) -> HttpAnswer:
        if wants_page(request):
            return show(page("Not possible", fill("<p>{}</p>", error.message)), error.status)
        return HttpAnswer.json(error.status, error.body("req_control", int(self._now())))

    def _find(self, request: HttpRequest) -> tuple[Callable[..., HttpAnswer], tuple[str, ...]]:
        for method, pattern, answer in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
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
        raise UnsavedError("A page of another origin can't act here.", status=403)


def _health(request: HttpRequest) -> HttpAnswer:
    del request
    return HttpAnswer.json(200, {"status": "ok", "api_version": API_VERSION})


def _style(request: HttpRequest) -> HttpAnswer:
    del request
    return HttpAnswer(200, _read_style(), "text/css; charset=utf-8", {"Cache-Control": "no-cache"})


@cache
def _read_style() -> bytes:
    return (Path(__file__).parent / "inside" / "style.css").read_bytes()
