"""Stripe's answers in types whose `repr` hides their contents.

Note [Nothing confidential in a frame]
Error pages, e-mails to ADMINS and services such as Sentry show the local variables of every
function an error passed through. Stripe's objects contain client secrets, names and addresses.
So answers are converted to these types on arrival, and errors that we raise leave out the frames
of the SDK.
"""

from typing import Any


class ConfidentialText(str):
    """A `str` whose `repr` hides the text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[redacted]'"

    def __sentry_repr__(self) -> str:
        """Without this, Sentry would show the text itself."""
        return repr(self)


class ConfidentialBytes(bytes):
    """A `bytes` whose `repr` hides the body of an answer."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'[redacted]'"

    def __sentry_repr__(self) -> str:
        """Without this, Sentry would show the bytes themselves."""
        return repr(self)


class ConfidentialDict(dict[str, Any]):
    """A `dict` whose `repr` shows only the type and id of the object."""

    __slots__ = ()

    def __repr__(self) -> str:
        # With `!r`, since an id can be confidential too.
        return f"<{self.get('object') or 'object'} {self.get('id')!r}>"

    def __sentry_repr__(self) -> str:
        """Without this, Sentry would show the contents."""
        return repr(self)


_HARMLESS = frozenset({int, float, bool, type(None)})


def conceal(value: Any) -> Any:
    """A copy of plain data in which dicts and client secrets hide their contents."""
    if isinstance(value, dict):
        return ConfidentialDict(
            {key: item if type(item) in _HARMLESS else conceal(item) for key, item in value.items()}
        )
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, str) and "_secret_" in value:
        return ConfidentialText(value)
    return value
