"""How often, how long, and what counts as card testing."""

from collections.abc import Mapping
from datetime import timedelta

from .reading import get

DEFAULT_RATE_LIMITS: Mapping[str, str] = {
    "create.user": "20/minute;200/hour",
    "create.address": "60/minute;600/hour",
    "confirm.user": "20/minute;200/hour",
    "confirm.address": "60/minute;600/hour",
    "setup.user": "10/minute;60/hour",
    "setup.address": "30/minute;180/hour",
    "change.user": "30/minute;300/hour",
    "change.address": "90/minute;900/hour",
    "refund.user": "10/minute;100/hour",
    "refund.address": "30/minute;300/hour",
    "read.user": "60/minute;600/hour",
    "read.address": "180/minute;1800/hour",
    "sign_in.pair": "10/minute;60/hour",
    "sign_in.address": "30/minute;300/hour",
}
"""The limits per address are higher, since a whole office can share one address. `pair` is a
username together with the address that tries it."""


class TimeLimitSettings:
    """Time limits"""

    @property
    def PAYMENTS_STRIPE_TIMEOUT(self) -> tuple[float, float]:
        """Seconds to connect, and seconds to wait for an answer, per attempt. See Note
        [Deadlines]."""
        connect, read = get("PAYMENTS_STRIPE_TIMEOUT", (3.0, 20.0))
        return float(connect), float(read)

    @property
    def PAYMENTS_OPERATION_TIMEOUT(self) -> float:
        """Seconds a caller waits for all attempts of one operation."""
        return float(get("PAYMENTS_OPERATION_TIMEOUT", 60.0))

    @property
    def PAYMENTS_REQUEST_TIMEOUT(self) -> float:
        """Seconds for a client's whole request, however many operations it needs."""
        return float(get("PAYMENTS_REQUEST_TIMEOUT", 90.0))

    @property
    def PAYMENTS_OPERATION_LEASE(self) -> float:
        """Seconds until another process may take over an operation whose process died. Must exceed
        `PAYMENTS_REQUEST_TIMEOUT`."""
        return float(get("PAYMENTS_OPERATION_LEASE", 120.0))

    @property
    def PAYMENTS_STRIPE_CONCURRENCY(self) -> int:
        """How many requests of one process may wait for Stripe at the same time. Others get an
        error that asks to retry. Keep it below the number of server threads, so that some are
        left for other requests."""
        return int(get("PAYMENTS_STRIPE_CONCURRENCY", 6))


class RateLimitSettings:
    """Rate limits and card testing"""

    @property
    def PAYMENTS_RATE_LIMITS(self) -> Mapping[str, str]:
        """How many requests are allowed in which time, such as `"20/minute;200/hour"`, by name.

        Names left out keep their default (`DEFAULT_RATE_LIMITS`). An empty text means no limit.
        None instead of a dict disables all limits.
        """
        own: Mapping[str, str] | None = get("PAYMENTS_RATE_LIMITS", {})
        if own is None:
            return dict.fromkeys(DEFAULT_RATE_LIMITS, "")
        return {**DEFAULT_RATE_LIMITS, **own}

    @property
    def PAYMENTS_RATE_LIMIT_STORAGE(self) -> str:
        """Where requests are counted: `memory://`, separately in each process, or
        `redis://host:6379/0`, for all processes together. Redis requires the extra
        `payments-graphql[redis]`."""
        return str(get("PAYMENTS_RATE_LIMIT_STORAGE", "memory://") or "memory://")

    @property
    def PAYMENTS_TRUSTED_PROXIES(self) -> int:
        """How many trusted proxies a request passes through. Each must append to
        `X-Forwarded-For`. See Note [The client's address]."""
        return int(get("PAYMENTS_TRUSTED_PROXIES", 0))

    @property
    def PAYMENTS_FAILURES_PER_INTENT(self) -> int:
        """How many failed attempts to pay one payment, or to save one card, count as card testing.
        0: no limit. See Note [Card testing]."""
        return int(get("PAYMENTS_FAILURES_PER_INTENT", 10))

    @property
    def PAYMENTS_FAILURES_PER_USER(self) -> str:
        """The same for all attempts of one user, such as `"20/hour"`. Empty: no limit."""
        return str(get("PAYMENTS_FAILURES_PER_USER", "20/hour"))

    @property
    def PAYMENTS_FAILURES_BLOCK(self) -> timedelta:
        """How long after the last failure a suspected card tester may not start a payment."""
        block: timedelta = get("PAYMENTS_FAILURES_BLOCK", timedelta(hours=1))
        return block
