"""A short way for Stripe's deliveries."""

import uuid
from collections.abc import Callable
from functools import cache

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from .view import stripe_webhook


class WebhookMiddleware:
    """Put it first: a delivery then goes straight to its view, at about half the cost.

    What other middleware does is for browsers, their sessions and origins; a delivery is known by
    its signature alone. Without it everything works as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != _get_path():
            return self._get_response(request)
        # The thread's last request may have been another's.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
            response = stripe_webhook(request)
        # As CommonMiddleware does: without it the connection could not be used again.
        response.headers["Content-Length"] = str(len(response.content))
        return response


@cache
def _get_path() -> str | None:
    try:
        return reverse("stripe-webhook")
    except NoReverseMatch:
        return None
