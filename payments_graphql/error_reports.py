"""Removes secrets and personal data from error reports: Django's pages and e-mails, and Sentry's.

Note [Error reports]
An error report shows the local variables of every function that the error passed through. Django
hides settings by name, but shows a password inside a URL: `ReportFilter` removes it.

Sentry sends more: variables, bodies of requests, users, breadcrumbs. `before_send` removes from an
event what can hold personal data. Variables of our functions and of the libraries that they call
are removed as a whole, since a name or an address cannot be recognized. The traceback itself stays.
Use it for errors and for transactions:

    sentry_sdk.init(before_send=before_send, before_send_transaction=before_send)
"""

import re
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.regex_helper import _lazy_re_compile
from django.views.debug import SafeExceptionReporterFilter

from .log_redaction import is_secret_name, redact_text
from .secret_texts import LONGEST_TRACEBACK, REDACTED

__all__ = ["ReportFilter", "before_send"]


class ReportFilter(SafeExceptionReporterFilter):
    hidden_settings = _lazy_re_compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}"
        "|DATABASE_URL|PAYMENTS_LISTEN_URL|PAYMENTS_RATE_LIMIT_STORAGE",
        flags=re.IGNORECASE,
    )

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact_text(cleansed) if type(cleansed) is str else cleansed

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, _redact(value)) for name, value in variables]


def _redact(value: Any) -> Any:
    return redact_text(value) if type(value) is str else value


_SILENT = frozenset(
    """
    payments_graphql schema asgiref django django_structlog graphql http json knox orjson psycopg
    psycopg_pool requests rest_framework sqlite3 strawberry strawberry_django stripe structlog
    urllib3
    """.split()
)
"""Packages whose functions see what customers and staff typed, and whose variables are removed."""

_KEPT_OF_REQUEST = ("method", "url")
_KEPT_OF_USER = ("id",)
_DEEPEST = 30
_OBJECT = re.compile(r"<(\w{1,100}): [^<>]{0,2000}>")
"""The `repr` of a model's row, or of a request."""


def before_send(event: dict[str, Any], hint: dict[str, Any] | None = None) -> dict[str, Any]:
    """The event without secrets and personal data. See Note [Error reports].

    https://docs.sentry.io/platforms/python/configuration/filtering/
    """
    for frame in _iterate_frames(event):
        if str(frame.get("module") or "").partition(".")[0] in _SILENT:
            frame.pop("vars", None)
        elif "vars" in frame:
            frame["vars"] = _clean(frame["vars"], _DEEPEST, _hide_object)
    request = event.get("request")
    if isinstance(request, dict):
        kept = {name: request[name] for name in _KEPT_OF_REQUEST if name in request}
        if "url" in kept:
            kept["url"] = str(kept["url"]).partition("?")[0]
        event["request"] = kept
    user = event.get("user")
    if isinstance(user, dict):
        event["user"] = {name: user[name] for name in _KEPT_OF_USER if name in user}
    cleaned: dict[str, Any] = _clean(event, _DEEPEST)
    return cleaned


def _iterate_frames(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The frames of exceptions, and of threads and messages with a stack."""
    holders: list[Any] = [event]
    for name in ("exception", "threads"):
        held = event.get(name)
        holders += held.get("values") or () if isinstance(held, dict) else held or ()
    for holder in holders:
        stack = holder.get("stacktrace") if isinstance(holder, dict) else None
        if isinstance(stack, dict):
            yield from (frame for frame in stack.get("frames") or () if isinstance(frame, dict))


def _hide_object(text: str) -> str:
    """`<User: alice>` becomes `<User>`, and a request loses its address with what was searched."""
    return _OBJECT.sub(r"<\1>", text)


def _clean(value: Any, depth: int, hide: Callable[[str], str] = str) -> Any:
    """Like `redact_value`, but keeps all of an event, which can have thousands of values."""
    if isinstance(value, str):
        return redact_text(hide(value), LONGEST_TRACEBACK)
    if isinstance(value, dict):
        if depth == 0:
            return REDACTED
        return {
            key: REDACTED if is_secret_name(key) and item else _clean(item, depth - 1, hide)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(item, depth - 1, hide) for item in value] if depth else REDACTED
    return value
