"""Reads Stripe's lists page by page, and waits when Stripe or the network requires it."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .. import mirror
from ..logs import get_logger
from ..stripe_client import (
    Answer,
    StripeBusyError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)

__all__ = ["fetch_pages", "fetch_patiently"]

logger = get_logger(__name__)

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds to wait before each further attempt. After the last, the call fails."""

_LONGEST_WAIT = 120.0
_PAGE = 100  # Stripe's maximum


def fetch_patiently[Result](fetch: Callable[[], Result]) -> Result:
    """Retries a call without an answer. For reads only. Honors `Retry-After`.

    Raises the last `StripeCallError` after all attempts, or at once if waiting would not help.
    """
    for wait in WAITS:
        mirror.release_connection()
        try:
            return fetch()
        except (StripeBusyError, StripeNoAnswerError, StripeServerError) as error:
            asked = error.retry_after
            seconds = wait if asked is None else min(float(asked), _LONGEST_WAIT)
            logger.warning(
                "import_waits", outcome=type(error).__name__, status=error.status, seconds=seconds
            )
            time.sleep(seconds)
    mirror.release_connection()
    return fetch()


def fetch_pages(
    fetch: Callable[[Mapping[str, Any]], Answer],
    parameters: Mapping[str, Any],
    *,
    after_id: str = "",
) -> Iterator[Answer]:
    """Newest first, starting after `after_id`. https://docs.stripe.com/api/pagination"""
    while True:
        page = {"limit": _PAGE, **parameters}
        if after_id:
            page["starting_after"] = after_id
        try:
            answer = fetch_patiently(lambda asked=page: fetch(asked))  # type: ignore[misc]  # the default binds the page
        except StripeRefusedError as error:
            if not after_id or error.param != "starting_after":
                raise
            # The object was deleted. Start again: what is already imported stays unchanged.
            logger.warning("import_begins_list_anew", after_id=after_id)
            after_id = ""
            continue
        items = answer.object["data"]
        if not items:
            return
        yield answer
        if not answer.object["has_more"]:
            return
        after_id = items[-1]["id"]
