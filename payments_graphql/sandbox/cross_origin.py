"""Calls from pages of other origins: only what Stripe.js does, and never with a secret key.

https://docs.stripe.com/keys#create-api-secret-key: pages must use a publishable key.
"""

from dataclasses import replace

from payments_graphql.sandbox.authentication import KeyKind, check_key
from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.http_server import Responder
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.routes import find_route

_READABLE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Should-Retry",
}
_SENDABLE = "authorization, content-type, idempotency-key, stripe-account, stripe-version"
# Seconds for which a browser may cache the answer to a preflight.
_REMEMBERED = "300"


class CrossOrigin:
    """Answers preflights and lets pages read the API's answers to a publishable key."""

    def __init__(self, api: Responder) -> None:
        self._api = api

    def answer(self, request: HttpRequest) -> HttpAnswer:
        if request.method == "OPTIONS":
            asked = request.headers.get("Access-Control-Request-Method", "")
            if _is_for_pages(asked, request.path):
                return HttpAnswer(204, b"", headers=_permission(asked))
        answer = self._api.answer(request)
        if not _may_be_read(request):
            return answer
        return replace(answer, headers=answer.headers | _READABLE)


def _permission(method: str) -> dict[str, str]:
    return _READABLE | {
        "Access-Control-Allow-Headers": _SENDABLE,
        "Access-Control-Allow-Methods": method,
        "Access-Control-Max-Age": _REMEMBERED,
    }


def _is_for_pages(method: str, path: str) -> bool:
    found = find_route(method, path)
    return found is not None and found[0].takes_publishable_key


def _may_be_read(request: HttpRequest) -> bool:
    """Return whether the page may read the answer.

    It also may with an invalid or missing key, so that its developer sees the 401.
    """
    if "Origin" not in request.headers or not _is_for_pages(request.method, request.path):
        return False
    try:
        return check_key(request.headers.get("Authorization")) is KeyKind.PUBLISHABLE
    except ApiError:
        return True
