"""A short way for Stripe's deliveries."""

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from ..addresses import leads_to
from .view import stripe_webhook


class WebhookMiddleware:
    """Put it first: a delivery then goes straight to its view, at about half the cost.

    What other middleware does is for browsers, their sessions and origins; a delivery is known by
    its signature alone. Without it everything works as well. A view that a host has wrapped around
    ours is left to the host's middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_delivery(request):
            return self._get_response(request)
        # The thread's last request may have been another's.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
            response = stripe_webhook(request)
        # As CommonMiddleware does: without it the connection could not be used again.
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _is_delivery(request: HttpRequest) -> bool:
    # The header first: to resolve the path takes longer than to look at it.
    return "Stripe-Signature" in request.headers and leads_to(request.path_info, stripe_webhook)
