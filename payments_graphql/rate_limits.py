"""Limits how often a user or an address may do what costs money or invites guessing.

Note [Counting requests]
Requests are counted before anything is looked up, recorded or sent to Stripe. Windows are moving:
no period of the given length ever contains more requests than the limit. A refused request is not
counted and uses no idempotency key, so a client that waits `retry_after` seconds gets through. A
repeat of an idempotency key counts like any other request: its answer is read from Stripe, so many
repeats would be many reads.

Counts are kept in the memory of each process, or in Redis (`PAYMENTS_RATE_LIMIT_STORAGE`), shared
by all processes and machines. While Redis is unavailable, each process counts alone, which never
refuses a request that the shared count would allow.

Every mutation is counted, and every field that is read from Stripe (`schema/engine/admission.py`).
Calls of services by the site's own code are not.
"""

import math
import time
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from . import metrics
from .conf import conf
from .errors import RateLimitedError
from .logs import get_logger
from .rate_limit_memory import ProcessMemory

__all__ = ["count", "parse"]

logger = get_logger(__name__)

MEMORY = "memory://"
STORAGE_TIMEOUT = 0.5
"""Seconds Redis may take to connect and to answer. A payment must not wait long for its count."""
STORAGE_PAUSE = 30.0
"""Seconds a process does not use a storage that failed."""

_REFUSALS: dict[str, str | Promise] = {
    "create": _("Too many attempts to create a payment. Try again in %(seconds)s seconds."),
    "confirm": _("Too many attempts to confirm a payment. Try again in %(seconds)s seconds."),
    "setup": _("Too many attempts to save a card. Try again in %(seconds)s seconds."),
    "change": _(
        "Too many attempts to change a payment or a card. Try again in %(seconds)s seconds."
    ),
    "refund": _("Too many attempts to refund a payment. Try again in %(seconds)s seconds."),
    "read": _("Too many attempts to read a payment from Stripe. Try again in %(seconds)s seconds."),
    "sign_in": _("Too many attempts to sign in. Try again in %(seconds)s seconds."),
}

_building = Lock()

type _Window = tuple[RateLimitItem, tuple[str, ...]]


class _Outage:
    """Whether this process skips its storage after a failure, and until when."""

    ends_at = 0.0


def count(action: str, **subjects: object) -> None:
    """Counts one request for each of `subjects`, as in `count("create", user=5, address=address)`.

    The limits come from `PAYMENTS_RATE_LIMITS`. A subject that is None is not counted. Raises
    `RateLimitedError` with the number of seconds, rounded up, until all limits allow a request.
    """
    windows = list(_list_windows(action, subjects))
    if not windows:
        return
    full = _hit_shared(windows)
    if full is None:
        return
    limit, ends_at = full
    metrics.count_limit(limit)
    seconds = max(math.ceil(ends_at - time.time()), 1)
    logger.warning(
        "rate_limited",
        action=action,
        retry_after=seconds,
        **{name: str(subject) for name, subject in subjects.items() if name != "pair"},
    )
    raise RateLimitedError(
        str(_REFUSALS[action]) % {"seconds": seconds},
        retry_after=seconds,
    )


@lru_cache(maxsize=256)
def parse(limits: str) -> tuple[RateLimitItem, ...]:
    """Parses `"20/minute;200/hour"`. An empty text means no limits. Raises `ValueError`."""
    if not limits.strip():
        return ()
    items = tuple(parse_many(limits))
    if any(item.amount < 1 or item.get_expiry() < 1 for item in items):
        raise ValueError(f"A limit must be above zero: {limits!r}")
    return items


def _list_windows(action: str, subjects: dict[str, object]) -> Iterator[_Window]:
    limits = conf.PAYMENTS_RATE_LIMITS
    for name, subject in subjects.items():
        if subject is not None:
            for item in parse(limits[f"{action}.{name}"]):
                yield item, (conf.PAYMENTS_INSTALLATION_ID, action, name, str(subject))


def _hit_shared(windows: list[_Window]) -> tuple[str, float] | None:
    storage = conf.PAYMENTS_RATE_LIMIT_STORAGE
    if storage != MEMORY and time.monotonic() >= _Outage.ends_at:
        try:
            return _hit(_get_limiter(storage), windows)
        except StorageError as error:
            _Outage.ends_at = time.monotonic() + STORAGE_PAUSE
            logger.warning(
                "rate_limit_storage_away",
                error=type(error.storage_error).__name__,
                counted_by_each_process_for=STORAGE_PAUSE,
            )
    return _hit(_get_limiter(MEMORY), windows)


def _hit(limiter: MovingWindowRateLimiter, windows: list[_Window]) -> tuple[str, float] | None:
    """Returns None if all windows have room, after counting the request. Otherwise returns the
    time at which all have room, and the name of the limit that lasts until then.

    All windows are tested before any is counted, so a refusal by one uses up no other. Between test
    and count another request may take the last place. Then this one still counts in the others.
    """
    full = [window for window in windows if not limiter.test(window[0], *window[1])]
    if not full:
        full = [window for window in windows if not limiter.hit(window[0], *window[1])]
    ends = [
        (limiter.get_window_stats(item, *key).reset_time, f"{key[1]}.{key[2]}")
        for item, key in full
    ]
    if not ends:
        return None
    ends_at, limit = max(ends)
    return limit, ends_at


def _get_limiter(storage: str) -> MovingWindowRateLimiter:
    with _building:  # otherwise concurrent first requests would create separate memories
        return _build_limiter(storage)


@lru_cache(maxsize=8)
def _build_limiter(storage: str) -> MovingWindowRateLimiter:
    if storage == MEMORY:
        return MovingWindowRateLimiter(ProcessMemory())
    shared = storage_from_string(
        storage,
        wrap_exceptions=True,
        socket_connect_timeout=STORAGE_TIMEOUT,
        socket_timeout=STORAGE_TIMEOUT,
    )
    return MovingWindowRateLimiter(shared)
