"""Fail fast while a service is down, instead of letting every request wait for it."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Circuit:
    """A circuit breaker, shared by all threads of a process.

    After `failures` failures in a row it refuses calls for `pause` seconds, then lets one call
    through. If that call fails, the next pause is twice as long, up to `longest_pause`; if it
    succeeds, the circuit closes.
    """

    failures: int = 5
    pause: float = 5.0
    longest_pause: float = 60.0
    _in_a_row: int = 0
    _pause: float = 0.0
    _open_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now. To make a call, ask `may_call`."""
        return self._in_a_row >= self.failures and time.monotonic() < self._open_until

    @property
    def retry_after(self) -> int:
        """Seconds, rounded up, until a call may try again."""
        return max(int(self._open_until - time.monotonic()) + 1, 1)

    def may_call(self) -> bool:
        """Ask before each call. After a pause only the first caller gets True."""
        with self._lock:
            if self._in_a_row < self.failures:
                return True
            if time.monotonic() < self._open_until:
                return False
            # Refuse all other calls until this one ends, or for one more pause if it never ends.
            self._open_until = time.monotonic() + self._pause
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row = 0
            self._pause = 0.0

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self.failures:
                self._pause = min(self._pause * 2 or self.pause, self.longest_pause)
                self._open_until = time.monotonic() + self._pause
