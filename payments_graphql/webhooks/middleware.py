"""Shortens the path of Stripe's webhook requests."""

import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ..addresses import leads_to
from .view import stripe_webhook

_MOST_PATHS = 16
"""Paths that are kept. A site's own prefix can have a part that anyone chooses."""


class WebhookMiddleware:
    """Put it first: webhooks then go straight to the view, at about half the cost.

    Other middleware is for browsers, sessions and origins, while a webhook is authenticated by its
    signature alone. This middleware is optional. If a site has wrapped our view, the request passes
    through the site's middleware as usual.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._known_paths: set[tuple[str, str]] = set()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_delivery(request):
            return self._get_response(request)
        # Remove what an earlier request of this thread left.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
            response = stripe_webhook(request)
        # Like CommonMiddleware: without it, the connection could not be reused.
        response.headers["Content-Length"] = str(len(response.content))
        return response

    def _is_delivery(self, request: HttpRequest) -> bool:
        # The header first, since resolving the path is slower.
        if "Stripe-Signature" not in request.headers:
            return False
        path = (settings.ROOT_URLCONF, request.path_info)
        if path in self._known_paths:
            return True
        is_delivery = leads_to(request.path_info, stripe_webhook)
        if is_delivery and len(self._known_paths) < _MOST_PATHS:
            self._known_paths.add(path)
        return is_delivery
