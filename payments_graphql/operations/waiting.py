"""How many may wait for Stripe at a time, and for how long.

Note [Places]
A slow Stripe must not take all of a server's threads: whoever is to wait for it takes one of the
process's places first, and where none is free is told at once to try again, before anything was
recorded. So threads are left for what needs no Stripe, such as queries and webhooks.

One person may hold half of the places, and at least one, so that nobody can stop all others by
asking many times at once. The person is whoever the request is of (`on_behalf_of`), or else the
operation's actor. Work of the site itself is of nobody, and may take what is free.
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
"""By whom; of the process, as its threads are."""
_person: ContextVar[str] = ContextVar("person", default="")
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


@contextmanager
def on_behalf_of(person: str) -> Iterator[None]:
    """Around a request: whose places are taken in the block, by the actor of operations."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


@contextmanager
def waiting(actor: str = "") -> Iterator[None]:
    """Around everything that asks Stripe on behalf of somebody who waits; may be nested.

    `actor` counts where no request says whose it is. Raises `RateLimitedError` when too many wait
    already, and `ProviderError` when the time of the
    request is used up, or the database cannot be used: all of them to be tried again.
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
        _give_back(person)


def refuse_to_begin() -> None:
    """Before anything is recorded: where no call would be made, or nobody could wait for it."""
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


def _give_back(person: str) -> None:
    with _lock:
        _taken[person] -= 1
        if not _taken[person]:
            del _taken[person]


@contextmanager
def _database_errors_explained() -> Iterator[None]:
    """What was recorded is settled later; what was not has not been asked of Stripe."""
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
