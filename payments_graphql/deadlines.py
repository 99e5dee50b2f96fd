"""How long somebody who waits may be kept waiting.

Note [Deadlines]
Four limits, each above the one before it; `check` refuses any other order (E015):

    PAYMENTS_STRIPE_TIMEOUT     one attempt of a call: to connect, and to wait for the answer
    PAYMENTS_OPERATION_TIMEOUT  all attempts of one call
    PAYMENTS_REQUEST_TIMEOUT    everything that one request of a client does
    PAYMENTS_OPERATION_LEASE    until somebody else may take the call over

No server that runs Django's WSGI ends a request by itself (granian has no such limit), so the
request keeps its own: the view opens `within(...)`, every wait below asks `remaining()`, and the
time-out of each attempt is cut to it. Whoever holds a lease has therefore stopped waiting for
Stripe before the lease ends. Should a machine stall all the same, the fence keeps it from settling.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done in the block has `seconds`, or what is left of a block around it."""
    token = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining() -> float:
    """Seconds left; infinite where nobody set a limit, and never below zero."""
    return max(_ends_at.get() - time.monotonic(), 0.0)
