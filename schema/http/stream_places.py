"""How many streams there may be at a time.

Counted by each process and named so in the settings, as it is the process that they fill: each
stream costs memory and database reads there, and nothing outside. A person with streams in two
processes may have twice as many.
"""

import threading
from collections import Counter
from typing import Any

from payments_graphql.conf import conf


class TooManyStreamsError(Exception):
    """This person has as many as one may have in one process."""


class NoPlaceError(Exception):
    """This process has as many as it may have."""


class Places:
    """Of one process. Each place that was taken is to be freed."""

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

    def free(self, user_pk: Any) -> None:
        with self._lock:
            self._total -= 1
            self._taken[user_pk] -= 1
            if not self._taken[user_pk]:
                del self._taken[user_pk]

    def count(self) -> int:
        with self._lock:
            return self._total
