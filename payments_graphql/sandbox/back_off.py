"""When a webhook is tried again that its endpoint did not take.

https://docs.stripe.com/webhooks#behaviors: in live mode for up to three days, with waits that grow.
Stripe's own first waits are minutes; here they are seconds, because a server under development is
often just restarting.

Note [Silent endpoints]
Each delivery has waits of its own, so that one event that its receiver can't handle holds up no
other. An endpoint that doesn't answer at all can take none of them. So while it is silent, only one
delivery at a time asks whether it is back, after waits that double. Each new event is still tried
once, as Stripe does, but at most one a second. The first answer, whatever it says, makes everything
due that waits.
"""

DAY = 24 * 60 * 60
GIVES_UP_AFTER = 3 * DAY
"""Seconds after an event for which it is sent again."""
DISABLES_AFTER = 9 * DAY
"""Seconds without one delivery taken: Stripe's mails speak of nine consecutive days."""
_SHORTEST = 1.0
_LONGEST = 12 * 60 * 60.0


def wait_after(attempts: int) -> float:
    """Seconds until a delivery is tried again that was tried so often: 1, 2, 4, 8..."""
    return min(_SHORTEST * 2.0 ** min(attempts - 1, 30), _LONGEST)


class Silence:
    """Since when one endpoint has not answered, and when to ask next. Times are the sandbox's."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._until = 0.0
        self._asked_at = 0.0

    @property
    def until(self) -> float:
        """When a delivery that was tried before may be tried again; past for one that answers."""
        return self._until

    @property
    def new_from(self) -> float:
        """When a delivery that was never tried may be."""
        return self._asked_at + _SHORTEST

    def continue_at(self, now: float) -> bool:
        """Note that there was no answer; return whether this one was to ask after the silence."""
        self._asked_at = now
        if self._since is None:
            self._since = now
        has_asked = now >= self._until
        if has_asked:
            self._until = now + min(max(now - self._since, _SHORTEST), _LONGEST)
        return has_asked

    def end(self) -> bool:
        """Note an answer; return whether there was silence before."""
        was_silent = self._since is not None
        self._since, self._until, self._asked_at = None, 0.0, 0.0
        return was_silent
