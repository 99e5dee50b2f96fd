"""One id that leads from the browser through Stripe to the webhook, in every log line.

Note [The correlation id]
A page may send the header `X-Request-ID`; a request without it gets a new id. Either is in the
response, in every log line of the request, in the operation that the request starts, and in
Stripe's metadata. The events that the operation causes are stored and processed with the same id.
So one search finds everything that a click caused.

A client chooses its id, so it proves nothing, and two clients may send the same. The ids that
identify are ours: `request_id`, `operation_id`, `event_id`. What is not a plain word of at most
`LONGEST` characters, or looks like a secret, is replaced.

The id is kept in structlog's context variables, as all values of log lines are.
"""

import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction, markcoroutinefunction
from typing import Any, cast

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .log_redaction import redact_text

__all__ = [
    "HEADER",
    "CorrelationFilter",
    "CorrelationMiddleware",
    "bound",
    "choose",
    "clean",
    "correlated",
    "get_correlation_id",
    "of_request",
]

HEADER = "X-Request-ID"
FIELD = "correlation_id"
LONGEST = 64
"""Characters that are kept of an id."""

_ATTRIBUTE = "payments_correlation_id"
_WORD = re.compile(r"[A-Za-z0-9._-]+")


def clean(text: str) -> str:
    """The id, cut, or an empty text if it must not be stored or logged."""
    cut = text[:LONGEST]
    return cut if _WORD.fullmatch(cut) and redact_text(cut) == cut else ""


def get_correlation_id() -> str:
    """The id of the current request, operation, event or round, or an empty text."""
    # Cleaned, since a site's own middleware may have bound what a client sent.
    return clean(str(structlog.contextvars.get_contextvars().get(FIELD) or ""))


def choose(correlation_id: str = "") -> str:
    """This id, or else the current one, or else a new one."""
    return correlation_id or get_correlation_id() or str(uuid.uuid4())


@contextmanager
def bound(correlation_id: str = "") -> Iterator[str]:
    """Log lines of the block have this id, or else the current one, or else a new one."""
    chosen = choose(correlation_id)
    with structlog.contextvars.bound_contextvars(**{FIELD: chosen}):
        yield chosen


@contextmanager
def of_request(request: HttpRequest) -> Iterator[str]:
    """The same, with the id of the request. May be nested."""
    chosen = find_of_request(request) or clean(request.headers.get(HEADER, "")) or str(uuid.uuid4())
    setattr(request, _ATTRIBUTE, chosen)
    with bound(chosen):
        yield chosen


def find_of_request(request: object) -> str:
    """The id that the request already has, or an empty text."""
    return str(getattr(request, _ATTRIBUTE, ""))


def correlated[**P, Response: HttpResponseBase](
    view: Callable[P, Response],
) -> Callable[P, Response]:
    """Gives a view's requests an id, also in a site without `CorrelationMiddleware`."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        with of_request(cast("HttpRequest", args[0])) as correlation_id:
            response = view(*args, **kwargs)
        response.headers[HEADER] = correlation_id
        return response

    return wrapper


class CorrelationMiddleware:
    """Gives every request of the site an id, those of the admin too. Put it before all middleware
    that logs. Our own views need no middleware."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._call_async(request)
        with of_request(request) as correlation_id:
            response: HttpResponseBase = self._get_response(request)
        response.headers[HEADER] = correlation_id
        return response

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        with of_request(request) as correlation_id:
            response: HttpResponseBase = await self._get_response(request)
        response.headers[HEADER] = correlation_id
        return response


class CorrelationFilter(logging.Filter):
    """For handlers of any LOGGING setting: gives each record `correlation_id`, for a format such as
    `%(correlation_id)s %(message)s`."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = find_of_record(record)
        return True


def find_of_record(record: logging.LogRecord) -> str:
    """The id of a log record. Django logs answers such as 404 after all middleware has ended; only
    the request, which it passes along, still has the id."""
    return find_of_request(getattr(record, "request", None)) or get_correlation_id()
