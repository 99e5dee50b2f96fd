"""django-structlog's request log with the address that the rate limits count.

Its own takes the first address of `X-Forwarded-For`, which is the client's own word.
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
