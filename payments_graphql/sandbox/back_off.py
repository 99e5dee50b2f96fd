"""When a failed webhook delivery is retried.

https://docs.stripe.com/webhooks#behaviors: in live mode for up to three days, with growing waits.
Stripe's first waits are minutes. Here they are seconds, because a development server is often just
restarting.

Note [Silent endpoints]
Each delivery has its own waits, so that an event that the receiver can't handle doesn't delay the
others. An endpoint that doesn't answer at all can't take any event. While it is silent, only one
delivery at a time checks whether it is back, with waits that double. Each new event is still tried
once, as at Stripe, but at most one a second. After the first answer, even an error, all pending
deliveries are due.
"""

DAY = 24 * 60 * 60
GIVES_UP_AFTER = 3 * DAY
"""Seconds after an event during which its deliveries are retried."""
DISABLES_AFTER = 9 * DAY
"""Seconds without a successful delivery; nine consecutive days according to Stripe's emails."""
_SHORTEST = 1.0
_LONGEST = 12 * 60 * 60.0


def wait_after(attempts: int) -> float:
    """Return the seconds until the next attempt: 1, 2, 4, 8..."""
    return min(_SHORTEST * 2.0 ** min(attempts - 1, 30), _LONGEST)


class Silence:
    """Since when an endpoint has not answered, and when to try next, on the sandbox's clock."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._until = 0.0
        self._asked_at = 0.0

    @property
    def until(self) -> float:
        """When a retry is allowed; in the past if the endpoint answers."""
        return self._until

    @property
    def new_from(self) -> float:
        """When a first attempt is allowed."""
        return self._asked_at + _SHORTEST

    def continue_at(self, now: float) -> bool:
        """Record that there was no answer; return whether this attempt checked for the end."""
        self._asked_at = now
        if self._since is None:
            self._since = now
        has_asked = now >= self._until
        if has_asked:
            self._until = now + min(max(now - self._since, _SHORTEST), _LONGEST)
        return has_asked

    def end(self) -> bool:
        """Record an answer; return whether the endpoint was silent before."""
        was_silent = self._since is not None
        self._since, self._until, self._asked_at = None, 0.0, 0.0
        return was_silent
