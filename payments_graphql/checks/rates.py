"""How often people may ask, how often they may fail, and whose address they have."""

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

_EXAMPLE = 'such as "20/minute;200/hour", or an empty text for none.'
_WORKERS = ("GRANIAN_WORKERS", "WEB_CONCURRENCY")
_SHARE_HINT = (
    "Set PAYMENTS_RATE_LIMIT_STORAGE to a Redis, or divide PAYMENTS_RATE_LIMITS by the processes."
)
_STORAGE_HINT = 'Give "memory://", or the address of a Redis, such as "redis://127.0.0.1:6379/0".'


@checks.register(TAG)
def check_rate_limits(**_: object) -> list[checks.CheckMessage]:
    limits = get_value("PAYMENTS_RATE_LIMITS", {})
    if limits is None:
        return []
    if not isinstance(limits, dict):
        hint = "Give a dict of limits by what they count, or None for no limits at all."
        return [make_error(22, "PAYMENTS_RATE_LIMITS is not a dict.", hint)]
    return list(_find_wrong_limits(limits))


@checks.register(TAG)
def check_rate_limit_storage(**_: object) -> list[checks.CheckMessage]:
    storage = get_value("PAYMENTS_RATE_LIMIT_STORAGE", "")
    if storage in ("", None, "memory://"):
        return list(_find_several_processes())
    # The value may hold a password, and is not repeated.
    if not isinstance(storage, str) or not _is_redis(storage):
        message = "PAYMENTS_RATE_LIMIT_STORAGE is neither memory:// nor the address of a Redis."
        return [make_error(23, message, _STORAGE_HINT)]
    if find_spec("redis") is None:
        message = "PAYMENTS_RATE_LIMIT_STORAGE is a Redis, and its client is not installed."
        return [make_error(23, message, name_extra("redis"))]
    return []


@checks.register(TAG)
def check_sign_in(**_: object) -> list[checks.CheckMessage]:
    """See Note [Doors]."""
    backends = list(get_value("AUTHENTICATION_BACKENDS", []))
    if backends[:1] == [BACKEND]:
        return []
    problem = (
        "has SignInLimits behind another backend, which looks at a password before it is counted"
        if BACKEND in backends
        else "lacks SignInLimits: passwords can be guessed at the admin and at your own forms"
    )
    hint = f'Put "{BACKEND}" first.'
    return [make_warning(23, f"AUTHENTICATION_BACKENDS {problem}.", hint)]


@checks.register(TAG)
def check_trusted_proxies(**_: object) -> list[checks.CheckMessage]:
    proxies = get_value("PAYMENTS_TRUSTED_PROXIES", 0)
    if not _is_count(proxies):
        hint = "Give the number of your own proxies that a request passes: 0 without any."
        return [make_error(24, "PAYMENTS_TRUSTED_PROXIES is not a whole number from 0.", hint)]
    if proxies == 0 and get_value("SECURE_PROXY_SSL_HEADER"):
        message = (
            "SECURE_PROXY_SSL_HEADER says that a proxy is in front, and PAYMENTS_TRUSTED_PROXIES "
            "that there is none: all customers share the proxy's address, and its rate limits."
        )
        hint = "Set PAYMENTS_TRUSTED_PROXIES to how many of them append to X-Forwarded-For."
        return [make_warning(4, message, hint)]
    return []


@checks.register(TAG)
def check_failures(**_: object) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    if not _is_count(get_value("PAYMENTS_FAILURES_PER_INTENT", 10)):
        message = "PAYMENTS_FAILURES_PER_INTENT is not a whole number from 0."
        found.append(make_error(25, message, "Give a number such as 10, or 0 for no limit."))
    per_user = get_value("PAYMENTS_FAILURES_PER_USER", "20/hour")
    if not _is_limit(per_user) or len(parse(per_user)) > 1:
        hint = 'Give one limit such as "20/hour", or an empty text for none.'
        found.append(make_error(25, "PAYMENTS_FAILURES_PER_USER is not a limit.", hint))
    block = get_value("PAYMENTS_FAILURES_BLOCK", timedelta(hours=1))
    if not isinstance(block, timedelta) or block <= timedelta():
        message = "PAYMENTS_FAILURES_BLOCK is not a timedelta above zero."
        found.append(make_error(25, message, "Give a timedelta(hours=1)."))
    return found


def _find_several_processes() -> Iterator[checks.CheckMessage]:
    """Nobody tells a process of the others; servers read their number from the environment."""
    for name in _WORKERS:
        number = os.environ.get(name, "")
        if number.isdecimal() and int(number) > 1:
            message = (
                f"{name} is {number}, and PAYMENTS_RATE_LIMIT_STORAGE is memory://: each process "
                f"counts alone, so that {number} times as many requests pass as the limits say."
            )
            yield make_warning(22, message, _SHARE_HINT)


def _find_wrong_limits(limits: dict[Any, Any]) -> Iterator[checks.CheckMessage]:
    for name, limit in limits.items():
        if name not in DEFAULT_RATE_LIMITS:
            hint = f"Name one of {', '.join(DEFAULT_RATE_LIMITS)}."
            yield make_error(22, f"PAYMENTS_RATE_LIMITS: nothing is counted by {name!r}.", hint)
        elif not _is_limit(limit):
            message = f"PAYMENTS_RATE_LIMITS[{name!r}] is {limit!r}, which is no limit."
            yield make_error(22, message, f"Give a number for each length of time, {_EXAMPLE}")


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
