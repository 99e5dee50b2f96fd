"""Checks rate limits, limits on failures, and trusted proxies."""

import os
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core import checks

from ..conf import DEFAULT_RATE_LIMITS
from ..rate_limits import parse
from ..sign_in import BACKEND
from .messages import TAG, get_value, make_error, make_warning, name_extra

_EXAMPLE = 'such as "20/minute;200/hour", or an empty string for none.'
_WORKERS = ("GRANIAN_WORKERS", "WEB_CONCURRENCY")
_SHARE_HINT = "Set PAYMENTS_RATE_LIMIT_STORAGE to a Redis server, or lower PAYMENTS_RATE_LIMITS."
_STORAGE_HINT = (
    'Set "memory://" or the address of a Redis server, such as "redis://127.0.0.1:6379/0".'
)


@checks.register(TAG)
def check_rate_limits(**_: object) -> list[checks.CheckMessage]:
    limits = get_value("PAYMENTS_RATE_LIMITS", {})
    if limits is None:
        return []
    if not isinstance(limits, dict):
        hint = "Set a dict from names to limits, or None for no limits."
        return [make_error(22, "PAYMENTS_RATE_LIMITS is not a dict.", hint)]
    return list(_find_wrong_limits(limits))


@checks.register(TAG)
def check_rate_limit_storage(**_: object) -> list[checks.CheckMessage]:
    storage = get_value("PAYMENTS_RATE_LIMIT_STORAGE", "")
    if storage in ("", None, "memory://"):
        return list(_find_several_processes())
    # The message does not repeat the value, which may contain a password.
    if not isinstance(storage, str) or not _is_redis(storage):
        message = (
            "PAYMENTS_RATE_LIMIT_STORAGE is neither memory:// nor the address of a Redis server."
        )
        return [make_error(23, message, _STORAGE_HINT)]
    if find_spec("redis") is None:
        message = "PAYMENTS_RATE_LIMIT_STORAGE is a Redis server, but its client is not installed."
        return [make_error(23, message, name_extra("redis"))]
    return []


@checks.register(TAG)
def check_sign_in(**_: object) -> list[checks.CheckMessage]:
    """See Note [Sign-in attempts]."""
    backends = list(get_value("AUTHENTICATION_BACKENDS", []))
    if backends[:1] == [BACKEND]:
        return []
    problem = (
        "has another backend before SignInLimits, which checks passwords without a limit"
        if BACKEND in backends
        else "has no SignInLimits: passwords can be guessed in the admin and in your own forms"
    )
    hint = f'Put "{BACKEND}" first.'
    return [make_warning(23, f"AUTHENTICATION_BACKENDS {problem}.", hint)]


@checks.register(TAG)
def check_trusted_proxies(**_: object) -> list[checks.CheckMessage]:
    proxies = get_value("PAYMENTS_TRUSTED_PROXIES", 0)
    if not _is_count(proxies):
        hint = "Set the number of your own proxies that a request passes through: 0 for none."
        return [
            make_error(24, "PAYMENTS_TRUSTED_PROXIES is not a whole number of at least 0.", hint)
        ]
    if proxies == 0 and get_value("SECURE_PROXY_SSL_HEADER"):
        message = (
            "SECURE_PROXY_SSL_HEADER implies a proxy, but PAYMENTS_TRUSTED_PROXIES is 0: "
            "all customers share the proxy's address and its rate limits."
        )
        hint = (
            "Set PAYMENTS_TRUSTED_PROXIES to the number of proxies that append to X-Forwarded-For."
        )
        return [make_warning(4, message, hint)]
    return []


@checks.register(TAG)
def check_failures(**_: object) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    if not _is_count(get_value("PAYMENTS_FAILURES_PER_INTENT", 10)):
        message = "PAYMENTS_FAILURES_PER_INTENT is not a whole number of at least 0."
        found.append(make_error(25, message, "Set a number such as 10, or 0 for no limit."))
    per_user = get_value("PAYMENTS_FAILURES_PER_USER", "20/hour")
    if not _is_limit(per_user) or len(parse(per_user)) > 1:
        hint = 'Set one limit such as "20/hour", or an empty string for none.'
        found.append(make_error(25, "PAYMENTS_FAILURES_PER_USER is not a limit.", hint))
    block = get_value("PAYMENTS_FAILURES_BLOCK", timedelta(hours=1))
    if not isinstance(block, timedelta) or block <= timedelta():
        message = "PAYMENTS_FAILURES_BLOCK is not a timedelta above zero."
        found.append(make_error(25, message, "Set a timedelta, such as timedelta(hours=1)."))
    return found


def _find_several_processes() -> Iterator[checks.CheckMessage]:
    """A process cannot count the others, but servers read the number from the environment."""
    for name in _WORKERS:
        number = os.environ.get(name, "")
        if number.isdecimal() and int(number) > 1:
            message = (
                f"{name} is {number}, but PAYMENTS_RATE_LIMIT_STORAGE is memory://: each process "
                f"counts separately, so the effective limits are {number} times as high."
            )
            yield make_warning(22, message, _SHARE_HINT)


def _find_wrong_limits(limits: dict[Any, Any]) -> Iterator[checks.CheckMessage]:
    for name, limit in limits.items():
        if name not in DEFAULT_RATE_LIMITS:
            hint = f"Use one of {', '.join(DEFAULT_RATE_LIMITS)}."
            yield make_error(22, f"PAYMENTS_RATE_LIMITS: there is no limit {name!r}.", hint)
        elif not _is_limit(limit):
            message = f"PAYMENTS_RATE_LIMITS[{name!r}] is {limit!r}, which is not a limit."
            yield make_error(22, message, f"Set a number per period, {_EXAMPLE}")


def _is_limit(value: Any) -> bool:
    try:
        return isinstance(value, str) and isinstance(parse(value), tuple)
    except ValueError:
        return False


def _is_redis(storage: str) -> bool:
    try:
        parts = urlsplit(storage)
    except ValueError:
        return False
    if parts.scheme == "redis+unix":
        return bool(parts.path)
    return parts.scheme in ("redis", "rediss") and bool(parts.hostname)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
