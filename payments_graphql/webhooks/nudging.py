"""Lets one thread of a process do the work of all.

Note [The nudge]
Threads that each process their own events slow each other down, and events cost less in a batch. So
a thread that has stored an event processes due events only if no other thread of the process is
doing so. Otherwise it sets a flag and answers, and the working thread looks again when it is done.
What is left when its time is up is done with the next event, or by `payments_reconcile`.
"""

import threading
import time
from collections.abc import Callable


class Nudge:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wanted = False

    def run(self, work: Callable[[float], None], seconds: float) -> None:
        """Calls `work` with its deadline, unless another thread is about to.

        The flag is set before trying the lock, and checked after releasing it, so no request is
        missed.
        """
        deadline = time.monotonic() + seconds
        self._is_wanted = True
        while (
            self._is_wanted and time.monotonic() < deadline and self._lock.acquire(blocking=False)
        ):
            try:
                self._is_wanted = False
                work(deadline)
            finally:
                self._lock.release()
