"""Concurrent work in threads, each with its own database connection."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def run_together[Result](count: int, function: Callable[[int], Result]) -> list[Result]:
    """Runs it `count` times. Returns the results. Raises the exception of any of them."""
    barrier = Barrier(count)

    def run(number: int) -> Result:
        try:
            barrier.wait(10)
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def wait_until_somebody_waits_for_a_row() -> None:
    """Waits for a lock. On PostgreSQL only: SQLite waits before the transaction begins."""
    deadline = time.monotonic() + 20
    while connection.vendor == "postgresql" and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
