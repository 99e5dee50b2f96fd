"""Run a function several times at once, each in a thread with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def run_together[Result](count: int, function: Callable[[int], Result]) -> list[Result]:
    """What each returned; an exception of any of them is raised."""
    barrier = Barrier(count)

    def run(number: int) -> Result:
        try:
            barrier.wait(10)
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
