"""Shortens the path of Stripe's webhook requests."""

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from ..addresses import leads_to
from .view import stripe_webhook


class WebhookMiddleware:
    """Put it first: webhooks then go straight to the view, at about half the cost.

    Other middleware is for browsers, sessions and origins, while a webhook is authenticated by its
    signature alone. This middleware is optional. If a site has wrapped our view, the request passes
    through the site's middleware as usual.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_delivery(request):
            return self._get_response(request)
        # Remove what an earlier request of this thread left.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
            response = stripe_webhook(request)
        # Like CommonMiddleware: without it, the connection could not be reused.
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _is_delivery(request: HttpRequest) -> bool:
    # The header first, since resolving the path is slower.
    return "Stripe-Signature" in request.headers and leads_to(request.path_info, stripe_webhook)
