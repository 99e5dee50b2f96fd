"""Runs a function several times concurrently, each in a thread with its own database connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def run_together[Result](count: int, function: Callable[[int], Result]) -> list[Result]:
    """Returns the results. Raises the exception of any of them."""
    barrier = Barrier(count)

    def run(number: int) -> Result:
        try:
            barrier.wait(10)
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
