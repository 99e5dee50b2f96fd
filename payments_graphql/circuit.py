"""Fail fast while a service is down, instead of letting every request wait for it."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Circuit:
    """Opens after `failures` in a row, for `pause` seconds; then one call at a time may try.

    A try that fails opens it for twice as long, up to `longest_pause`; one that succeeds closes it.
    One circuit serves all threads of a process.
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
        """Would a call be refused now? Says nothing of who may try next."""
        return self._in_a_row >= self.failures and time.monotonic() < self._open_until

    @property
    def retry_after(self) -> int:
        """Whole seconds until a call may try again."""
        return max(int(self._open_until - time.monotonic()) + 1, 1)

    def may_call(self) -> bool:
        """Ask before each call; True when it is closed, or open long enough and this is the try."""
        with self._lock:
            if self._in_a_row < self.failures:
                return True
            if time.monotonic() < self._open_until:
                return False
            # The others go on being refused until this one has its answer, or has been forgotten.
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
