"""One thread of a process works off the events that all of its threads store.

Note [The baton]
An event alone costs several times what it costs in a batch, and threads that each process their own
keep one another from the processor. So who stores an event processes it only when nobody else of
the process is at it, and otherwise leaves it: the one who has the baton works off what was left, in
batches, for a while. What is left when the time is up goes on with the next event, or `reconcile`.
"""

import threading
import time


class Baton:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._is_wanted = False

    def take(self) -> bool:
        """False when somebody has it, who is told that there is something to do."""
        with self._lock:
            if self._is_taken:
                self._is_wanted = True
                return False
            self._is_taken = True
            return True

    def keep(self, deadline: float) -> bool:
        """True when something was left since, and there is time; else it is given back."""
        with self._lock:
            if self._is_wanted and time.monotonic() < deadline:
                self._is_wanted = False
                return True
            self._is_taken = False
            return False

    def drop(self) -> None:
        with self._lock:
            self._is_taken = False
