"""Limits the number of open streams.

The limits apply to each process, as the names of the settings say: each stream costs memory and
database reads in its process. A user with streams in two processes can have twice as many.
"""

import threading
from collections import Counter
from typing import Any

from payments_graphql import metrics
from payments_graphql.conf import conf


class TooManyStreamsError(Exception):
    """The user has the maximum number of streams in this process."""


class NoPlaceError(Exception):
    """This process has the maximum number of streams."""


class Places:
    """The streams of one process. Free each place that you take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[Any] = Counter()
        self._total = 0

    def take(self, user_pk: Any) -> None:
        with self._lock:
            if self._taken[user_pk] >= conf.PAYMENTS_STREAMS_PER_PROCESS_AND_USER:
                raise TooManyStreamsError
            if self._total >= conf.PAYMENTS_STREAMS_PER_PROCESS:
                raise NoPlaceError
            self._taken[user_pk] += 1
            self._total += 1
            metrics.show_open_streams(self._total)

    def free(self, user_pk: Any) -> None:
        with self._lock:
            self._total -= 1
            self._taken[user_pk] -= 1
            if not self._taken[user_pk]:
                del self._taken[user_pk]
            metrics.show_open_streams(self._total)

    def count(self) -> int:
        with self._lock:
            return self._total
