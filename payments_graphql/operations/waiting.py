"""Limits how many callers may wait for Stripe at the same time, and how long.

Note [Places]
A slow Stripe must not occupy all of a server's threads. So a caller first takes one of the
process's places to wait for Stripe. If none is free, it is asked to retry, before anything is
recorded. The other threads serve requests that do not need Stripe, such as queries and webhooks.

A person may hold half of the places, and at least one, so that nobody can block all others with
many requests at once. The person is the one whose request it is (`on_behalf_of`), or else the
operation's actor. The site's own work counts for no person, and may use any free place.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from .. import deadlines, stripe_client
from ..conf import conf
from ..errors import ErrorCode, ProviderError, RateLimitedError
from ..logs import get_logger

logger = get_logger(__name__)

_lock = threading.Lock()
_taken: Counter[str] = Counter()
"""The places taken in this process, by person."""
_person: ContextVar[str] = ContextVar("person", default="")
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


@contextmanager
def on_behalf_of(person: str) -> Iterator[None]:
    """Wraps a request: the places taken in it count for `person`, an actor of operations."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


@contextmanager
def waiting(actor: str = "") -> Iterator[None]:
    """Wraps every call to Stripe for a caller who waits. May be nested.

    `actor` counts if no request says who the person is. Raises `RateLimitedError` if too many are
    waiting, and `ProviderError` if the time of the request is used up or the database is
    unavailable. The caller may retry after each of them.
    """
    if _has_place.get():
        yield
        return
    person = _person.get() or (actor if actor.startswith("user:") else "")
    _take_place(person)
    token = _has_place.set(True)
    try:
        with deadlines.within(conf.PAYMENTS_REQUEST_TIMEOUT), _database_errors_explained():
            yield
    finally:
        _has_place.reset(token)
        _release_place(person)


def refuse_to_begin() -> None:
    """Call it before recording anything: refuses if no call would be made, or no time is left."""
    if stripe_client.is_down():
        raise ProviderError(
            _("Stripe cannot be reached at the moment. Try again in a few seconds."), retryable=True
        )
    if deadlines.remaining() < sum(conf.PAYMENTS_STRIPE_TIMEOUT) / 2:
        raise ProviderError(
            _("The request took too long. Retry with the same idempotency key."),
            retryable=True,
        )


def _take_place(person: str) -> None:
    places = conf.PAYMENTS_STRIPE_CONCURRENCY
    share = max(places // 2, 1)
    with _lock:
        is_full = _taken.total() >= places
        if is_full or (person and _taken[person] >= share):
            logger.warning(
                "too_many_wait_for_stripe", waiting=_taken.total(), of_this_person=_taken[person]
            )
            raise RateLimitedError(
                _("There are too many payments at the moment. Try again in a few seconds.")
                if is_full
                else _("You sent too many requests at once. Try again in a few seconds."),
                retry_after=2,
            )
        _taken[person] += 1


def _release_place(person: str) -> None:
    with _lock:
        _taken[person] -= 1
        if not _taken[person]:
            del _taken[person]


@contextmanager
def _database_errors_explained() -> Iterator[None]:
    """Translates database errors. Recorded operations are settled later; others were not sent."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.exception("database_unavailable")
        raise ProviderError(
            _(
                "The payment cannot be processed at the moment. Retry shortly with the same "
                "idempotency key. Nothing is done twice."
            ),
            code=ErrorCode.UNAVAILABLE,
            retryable=True,
        ) from error
