"""Logs, once for each origin, that django-cors-headers refuses a page on it. The browser tells the
page only that the request failed."""

import re
from typing import Any
from urllib.parse import urlsplit

from corsheaders.conf import conf as cors
from corsheaders.signals import check_request_enabled
from django.http import HttpRequest

from payments_graphql.logs import get_logger

logger = get_logger(__name__)

_MOST = 100
"""The maximum number of remembered origins, since clients choose what they send."""

_logged: set[str] = set()


def connect() -> None:
    check_request_enabled.connect(_log, dispatch_uid="payments_graphql.refused_origins")


def _log(request: HttpRequest, **kwargs: Any) -> bool:
    """Receives the signal that django-cors-headers sends if its settings do not allow an origin.
    Returns False: the origin stays refused."""
    origin = request.headers.get("Origin", "")
    if (
        origin
        and origin not in _logged
        and len(_logged) < _MOST
        and re.match(cors.CORS_URLS_REGEX, request.path_info)
        and not _is_own(origin, request)
    ):
        _logged.add(origin)
        logger.warning(
            "origin_refused",
            origin=origin[:200],
            hint="If this page may use the API, add its origin to CORS_ALLOWED_ORIGINS.",
        )
    return False


def _is_own(origin: str, request: HttpRequest) -> bool:
    """Browsers also send the origin to the page's own site. A proxy may have changed the scheme."""
    try:
        return urlsplit(origin).netloc == request.get_host()
    except ValueError:
        return False
