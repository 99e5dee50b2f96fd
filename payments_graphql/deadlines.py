"""Limits on how long a caller waits.

Note [Deadlines]
Four limits, each greater than the one before it. `check` reports any other order (E015):

    PAYMENTS_STRIPE_TIMEOUT     one attempt of a call: to connect, and to wait for the answer
    PAYMENTS_OPERATION_TIMEOUT  all attempts of one call
    PAYMENTS_REQUEST_TIMEOUT    everything that one client request does
    PAYMENTS_OPERATION_LEASE    until another process may take over the call

WSGI servers do not limit the time of a request (granian has no such option), so we do: the view
opens `within(...)`, every wait inside it uses `remaining()`, and each attempt's time-out is cut to
that. So the holder of a lease stops waiting for Stripe before the lease ends. If the machine stalls
anyway, the fence number stops the old holder from settling the operation.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Limits the block to `seconds`, or to the time left of an enclosing block if that is less."""
    token = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining() -> float:
    """Seconds left: infinite without a limit, and never negative."""
    return max(_ends_at.get() - time.monotonic(), 0.0)
