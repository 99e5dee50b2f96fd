"""Counts requests in the memory of one process."""

import time
from collections import deque
from threading import Lock

from limits.storage import MemoryStorage

SWEEP_EVERY = 60.0
"""Seconds between two removals of keys whose windows have ended."""


class ProcessMemory(MemoryStorage):
    """Moving windows whose cost does not depend on the number of users.

    The library's `MemoryStorage` examines every key after each request and keeps keys forever:
    trying ever new usernames would slow down everyone and fill the memory.
    """

    STORAGE_SCHEME: list[str] = []  # not available by URL

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._windows: dict[str, tuple[int, deque[float]]] = {}
        self._next_sweep = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        with self._lock:
            now = time.time()
            self._sweep(now)
            _, times = self._windows.get(key, (expiry, deque[float]()))
            _forget(times, now - expiry)
            if len(times) + amount > limit:
                return False
            times.extend([now] * amount)
            self._windows[key] = expiry, times
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        with self._lock:
            now = time.time()
            _, times = self._windows.get(key, (expiry, deque[float]()))
            _forget(times, now - expiry)
            return (times[0] if times else now), len(times)

    def __len__(self) -> int:
        return len(self._windows)

    def _sweep(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_EVERY
        self._windows = {
            key: (expiry, times)
            for key, (expiry, times) in self._windows.items()
            if times and times[-1] > now - expiry
        }


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
