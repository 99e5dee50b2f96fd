"""One thread of a process works for all that have something to do.

Note [The nudge]
Threads that each process their own events keep one another from the processor, and events cost less
in a batch than alone. So who has stored one processes what is due only when no other thread of the
process is at it. Otherwise it leaves word and goes: the one that is at it looks again when it is
done. What is left when its time is up is for the next event, or for `payments_reconcile`.
"""

import threading
import time
from collections.abc import Callable


class Nudge:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wanted = False

    def run(self, work: Callable[[float], None], seconds: float) -> None:
        """Call `work` with the time at which it should end, unless another thread is about to.

        Word is left before the lock is tried, and looked for after it is given back, so that none
        is missed.
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
