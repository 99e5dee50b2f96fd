"""The sandbox's time stands still until `advance` moves it, so that much shares a second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


class _HeldTime:
    """Stands in for the module `time`, of which the sandbox's clock asks one function."""

    def __init__(self) -> None:
        self._now = float(int(time.time()))

    def time(self) -> float:
        return self._now


@contextmanager
def held_clock() -> Iterator[None]:
    with mock.patch("payments_graphql.sandbox.store.time", _HeldTime()):
        yield
