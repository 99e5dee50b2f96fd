"""What Stripe answers, with a `repr` that shows nothing.

Note [Nothing confidential in a frame]
An error page, an e-mail to ADMINS and a collector such as Sentry show the local variables of every
function that an error passed. An object of Stripe's holds a client secret, names and addresses, so
it is turned into these as it arrives, and the SDK's own frames are left out of what we raise.
"""

from typing import Any


class ConfidentialText(str):
    """A text in every way, which shows itself by no `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[redacted]'"

    def __sentry_repr__(self) -> str:
        """Sentry would take the text itself."""
        return repr(self)


class ConfidentialBytes(bytes):
    """An answer's body in every way, which shows itself by no `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'[redacted]'"

    def __sentry_repr__(self) -> str:
        """Sentry would take the bytes themselves."""
        return repr(self)


class ConfidentialDict(dict[str, Any]):
    """A dict in every way, which shows of itself what it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        # A text by its own `repr`, as an id can be confidential too.
        return f"<{self.get('object') or 'object'} {self.get('id')!r}>"

    def __sentry_repr__(self) -> str:
        """Sentry would walk through it."""
        return repr(self)


def conceal(value: Any) -> Any:
    """A copy of plain data, all through."""
    if isinstance(value, dict):
        return ConfidentialDict({key: conceal(item) for key, item in value.items()})
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, str) and "_secret_" in value:
        return ConfidentialText(value)
    return value
