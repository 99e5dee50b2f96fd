"""django-structlog's request log, with the client address that the rate limits use.

The original logs the first address in `X-Forwarded-For`, which the client can forge.
See Note [The client's address].
"""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from .client_address import get_client_address


class RequestLogMiddleware(RequestMiddleware):
    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=get_client_address(request))
