"""django-structlog's request log, with the client address that the rate limits use.

The original logs the first address in `X-Forwarded-For`, which the client can forge, and everything
that the client sends in full. See Note [The client's address] and Note [The correlation id].
"""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from django_structlog.signals import (
    bind_extra_request_failed_metadata,
    bind_extra_request_finished_metadata,
    bind_extra_request_metadata,
)

from .client_address import get_client_address
from .correlation import FIELD, HEADER, of_request
from .log_redaction import redact_text

_LONGEST_AGENT = 500
"""Characters of `User-Agent`. The browsers' own have less than 200."""


class RequestLogMiddleware(RequestMiddleware):
    def prepare(self, request: HttpRequest) -> None:
        with of_request(request) as correlation_id:
            super().prepare(request)
        structlog.contextvars.bind_contextvars(**{FIELD: correlation_id})

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        with of_request(request) as correlation_id:
            response.headers[HEADER] = correlation_id
            super().handle_response(request, response)

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=get_client_address(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Redacted here, since a site's own structlog configuration may not do so. Of the query
        string only the names remain: its values are names that staff search for, and documents."""
        names = "&".join(request.GET)
        return redact_text(f"{request.method} {request.path}{names and '?'}{names}")


def _add_user_agent(request: HttpRequest, log_kwargs: dict[str, Any], **_: object) -> None:
    """To every line of a request: a site may leave out the one that it begins with."""
    agent = request.headers.get("User-Agent", "")
    log_kwargs["user_agent"] = redact_text(agent, _LONGEST_AGENT)


for _signal in (
    bind_extra_request_metadata,
    bind_extra_request_finished_metadata,
    bind_extra_request_failed_metadata,
):
    _signal.connect(_add_user_agent, sender=RequestLogMiddleware)
