"""One thread of a process works off the events that all of its threads store.

Note [The baton]
Threads that each process their own events keep one another from the processor, and an event costs
less in a batch than alone. So who stores an event processes it only when nobody else of
the process is at it, and otherwise leaves it: the one who has the baton works off what was left, in
batches, for a while. What is left when the time is up goes on with the next event, or `reconcile`.

When more arrive in a second than could be worked off beside storing them, the process only stores,
until a second is quieter: an event that is not stored is sent again by Stripe hours later, and one
that is stored is processed by `reconcile`, which has a process of its own.
"""

import threading
import time

MOST_PER_SECOND = 200
"""Events of one process; each takes some three milliseconds of a processor, and half when it is
only stored."""


class Baton:
    def __init__(self, most_per_second: int = MOST_PER_SECOND) -> None:
        self._most_per_second = most_per_second
        self._lock = threading.Lock()
        self._is_taken = False
        self._is_wanted = False
        self._second = 0
        self._arrived = 0
        self._arrived_before = 0

    def take(self) -> bool:
        """At each event. False when somebody has it, who is told that there is something to do, or
        when too many arrive."""
        with self._lock:
            if self._is_flooded_by_one_more():
                return False
            if self._is_taken:
                self._is_wanted = True
                return False
            self._is_taken = True
            return True

    def keep(self, deadline: float) -> bool:
        """True when something was left since, and there is time; else it is given back."""
        with self._lock:
            is_flooded = max(self._arrived, self._arrived_before) > self._most_per_second
            if self._is_wanted and not is_flooded and time.monotonic() < deadline:
                self._is_wanted = False
                return True
            self._is_taken = False
            return False

    def drop(self) -> None:
        with self._lock:
            self._is_taken = False

    def _is_flooded_by_one_more(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            follows = second == self._second + 1
            self._arrived_before = self._arrived if follows else 0
            self._second, self._arrived = second, 0
        self._arrived += 1
        return max(self._arrived, self._arrived_before) > self._most_per_second
