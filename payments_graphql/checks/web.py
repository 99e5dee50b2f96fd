"""Checks which origins and host names may reach the site."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.views.debug import get_default_exception_reporter_filter

from .messages import TAG, get_value, make_error, make_warning
from .urls import find_graphql_paths

_MADE_UP_ADDRESS = "postgres://shop:made-up@db/shop"
_FILTER = "payments_graphql.error_reports.ReportFilter"
_UNUSED_PATH = "/path-of-nobody/"
_UNUSED_ORIGIN = "https://origin-of-nobody.invalid"


@checks.register(TAG)
def check_cross_origin(**_: object) -> list[checks.CheckMessage]:
    if not get_value("CORS_ALLOW_CREDENTIALS", False):
        return []
    hint = "List the origins in CORS_ALLOWED_ORIGINS, such as https://shop.example."
    found: list[checks.CheckMessage] = [
        make_error(26, f"{name} {problem}, and CORS_ALLOW_CREDENTIALS is on.", hint)
        for name, problem in _find_open_origins()
    ]
    anchor = "End it with \\Z, and write \\. for a dot."
    return found + [
        make_warning(
            5, f"CORS_ALLOWED_ORIGIN_REGEXES: {pattern!r} also matches longer origins.", anchor
        )
        for pattern in _get_patterns()
        # django-cors-headers uses `re.match`: https://shop.example also matches
        # https://shop.example.evil.
        if not pattern.endswith((r"\Z", "$")) and not _fits(pattern, _UNUSED_ORIGIN)
    ]


@checks.register(TAG)
def check_cross_origin_paths(**_: object) -> list[checks.CheckMessage]:
    """Checks which paths pages of allowed origins may call."""
    if not (get_value("CORS_ALLOWED_ORIGINS") or get_value("CORS_ALLOWED_ORIGIN_REGEXES")):
        return []
    (pattern,) = _to_texts([get_value("CORS_URLS_REGEX", "^.*$")])
    found: list[checks.CheckMessage] = []
    if get_value("CORS_ALLOW_CREDENTIALS", False) and _fits(pattern, _UNUSED_PATH):
        message = (
            f"CORS_URLS_REGEX is {pattern!r}: pages of the allowed origins may call every "
            "path of this site with a customer's session, including the admin."
        )
        hint = r'Limit it to the API, such as r"^/(graphql|api/auth)(/|$)".'
        found.append(make_warning(33, message, hint))
    missed = [path for path in find_graphql_paths() if not _fits(pattern, path)]
    if missed:
        message = f"CORS_URLS_REGEX is {pattern!r}, which keeps other origins from {missed[0]}."
        hint = r'Make it match the API, such as r"^/(graphql|api/auth)(/|$)".'
        found.append(make_warning(34, message, hint))
    return found


@checks.register(TAG, deploy=True)
def check_hosts(**_: object) -> list[checks.CheckMessage]:
    """Django's own security.W020 reports an empty list."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "List the hosts of this site, such as shop.example: links use the Host header."
    return [make_warning(6, "ALLOWED_HOSTS is '*', which allows every host name.", hint)]


@checks.register(TAG, deploy=True)
def check_error_reports(**_: object) -> list[checks.CheckMessage]:
    """Uses a made-up address, since the project may have its own filter."""
    report_filter = get_default_exception_reporter_filter()
    shown = repr(report_filter.cleanse_setting("PAYMENTS_LISTEN_URL", _MADE_UP_ADDRESS))
    if not get_value("PAYMENTS_LISTEN_URL") or "made-up" not in shown:
        return []
    message = "Error reports show PAYMENTS_LISTEN_URL with its password."
    hint = f"Set DEFAULT_EXCEPTION_REPORTER_FILTER to {_FILTER!r} or to a subclass."
    return [make_warning(13, message, hint)]


def _find_open_origins() -> Iterator[tuple[str, str]]:
    for name in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"):
        if get_value(name, False):
            yield name, "allows pages of every origin"
    if "null" in get_value("CORS_ALLOWED_ORIGINS", ()):
        # Any page can create a sandboxed frame, which has this origin.
        yield "CORS_ALLOWED_ORIGINS", "contains 'null', an origin that any page can have"
    if any(_fits(pattern, _UNUSED_ORIGIN) for pattern in _get_patterns()):
        yield "CORS_ALLOWED_ORIGIN_REGEXES", "matches every origin"


def _get_patterns() -> list[str]:
    return _to_texts(get_value("CORS_ALLOWED_ORIGIN_REGEXES", ()))


def _to_texts(patterns: Iterable[Any]) -> list[str]:
    return [one.pattern if isinstance(one, re.Pattern) else str(one) for one in patterns]


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.match(pattern, text) is not None
    except re.error:
        return False
