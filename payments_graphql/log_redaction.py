"""Keeps secrets out of logs: keys, client secrets, tokens, card numbers, e-mail addresses.

`redact` is a structlog processor. `RedactingFilter` does the same for records of other libraries,
such as the Stripe SDK, which logs request bodies at DEBUG. When in doubt, a value is redacted.
"""

import datetime
import enum
import logging
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from types import TracebackType
from typing import Any

from structlog.processors import format_exc_info

from .next_actions import keep_type_and_deadline
from .secret_texts import (
    HEADER_NAME,
    LONGEST_TEXT,
    REDACTED,
    SENSITIVE_NAME,
    is_card_number,
    redact_text,
    redact_traceback,
)

__all__ = [
    "RedactingFilter",
    "is_secret_name",
    "redact",
    "redact_text",
    "redact_value",
    "strip_secrets",
]

_MAXIMUM_DEPTH = 10
_MOST_VALUES = 2_000
"""The maximum per event, in all its lists and dicts, since clients choose how many they send."""
_LONGEST_NAME = 500
_PLAIN = (bool, float, uuid.UUID, datetime.date, datetime.time, datetime.timedelta)

_MAPPINGS = (dict, Mapping)
"""A dict first: to ask an abstract class takes ten times as long, and events have many values."""
_JSON_SCALARS = frozenset({str, int, float, bool, type(None)})

_SECRET_KEY = re.compile(
    rf"{SENSITIVE_NAME} | {HEADER_NAME} | ^(?:card\[)?cv[cv]2?\]?$", re.IGNORECASE | re.VERBOSE
)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor. Converts tracebacks to text first, since they contain values too."""
    event = format_exc_info(logger, method, event)
    texts = {name: event.pop(name) for name in ("exception", "stack") if name in event}
    walk = _Walk()
    return {
        **{_redact_key(key): walk.redact_field(key, value) for key, value in event.items()},
        **{name: redact_traceback(str(text)) for name, text in texts.items()},
    }


def redact_value(value: Any) -> Any:
    """A copy that is safe to log. Anything but plain data becomes its redacted `repr`."""
    return _Walk().redact(value)


def strip_secrets(payload: Any) -> Any:
    """A deep copy of a Stripe object without what must never be stored.

    Client secrets are removed by name and by value, since errors contain them too. Of `next_action`
    only the type and the deadline remain: see Note [Waiting for the customer].
    https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret
    """
    if isinstance(payload, _MAPPINGS):
        return {
            key: keep_type_and_deadline(value)
            if key == "next_action"
            else value
            if type(value) in _JSON_SCALARS
            else strip_secrets(value)
            for key, value in payload.items()
            if key != "client_secret" and not (isinstance(value, str) and "_secret_" in value)
        }
    if isinstance(payload, list | tuple):
        return [strip_secrets(value) for value in payload if not _is_client_secret(value)]
    return None if _is_client_secret(payload) else payload


_RECORD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__)


class RedactingFilter(logging.Filter):
    """For handlers and loggers of any LOGGING setting: replaces each record by a redacted copy."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        walk = _Walk()
        clean = logging.makeLogRecord(
            {
                key: value if key in _RECORD_ATTRIBUTES else walk.redact_field(key, value)
                for key, value in record.__dict__.items()
            }
        )
        clean.msg, clean.args = redact_text(record.getMessage()), None
        if record.exc_info:
            clean.exc_text = redact_traceback(_format_exception(record.exc_info))
            clean.exc_info = None
        return clean


def _format_exception(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None],
) -> str:
    return logging.Formatter().formatException(exc_info)


def _is_client_secret(value: Any) -> bool:
    return isinstance(value, str) and "_secret_" in value


def is_secret_name(name: Any) -> bool:
    if isinstance(name, bytes):
        name = name[:_LONGEST_NAME].decode("latin-1")
    return isinstance(name, str) and _is_secret_text(name[:_LONGEST_NAME])


# Cached, since field names are few and repeat.
@lru_cache(maxsize=1024)
def _is_secret_text(name: str) -> bool:
    return _SECRET_KEY.search(name) is not None


@lru_cache(maxsize=1024)
def _redact_name(name: str) -> str:
    return redact_text(name, _LONGEST_NAME)


def _redact_key(key: Any) -> Any:
    if key is None or isinstance(key, _PLAIN):
        return key
    text = key if isinstance(key, str) else _to_text(key)
    return _redact_name(text[: _LONGEST_NAME + 1])


class _Walk:
    """Redacts one event, up to `_MOST_VALUES` values, however nested."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def redact_field(self, name: Any, value: Any, depth: int = _MAXIMUM_DEPTH) -> Any:
        if is_secret_name(name) and value is not None and not isinstance(value, bool):
            return REDACTED
        return self.redact(value, depth)

    def redact(self, value: Any, depth: int = _MAXIMUM_DEPTH) -> Any:
        self._left -= 1
        if isinstance(value, enum.Enum):
            value = value.value
        if isinstance(value, str):
            return redact_text(value)
        if value is None or isinstance(value, _PLAIN):
            return value
        if isinstance(value, int):
            return _redact_number(value)
        if depth == 0 or self._left < 0:
            return "…"
        if isinstance(value, Mapping):
            return {
                _redact_key(key): self.redact_field(key, item, depth - 1)
                for key, item in self._take(value.items())
            }
        if isinstance(value, list | tuple | AbstractSet):
            return self._redact_collection(value, depth)
        return redact_text(_to_text(value))

    def _redact_collection(
        self, values: list[Any] | tuple[Any, ...] | AbstractSet[Any], depth: int
    ) -> list[Any] | tuple[Any, ...] | set[Any]:
        if isinstance(values, list | tuple) and len(values) == 2 and is_secret_name(values[0]):
            # A header as WSGI and ASGI represent it: ("Authorization", "Token ...").
            redacted = [self.redact(values[0], depth - 1), REDACTED]
        else:
            redacted = [self.redact(value, depth - 1) for value in self._take(values)]
        if isinstance(values, AbstractSet):
            # Redaction can turn hashable values into lists or dicts: convert those to text.
            return {value if value.__hash__ else str(value) for value in redacted}
        return tuple(redacted) if isinstance(values, tuple) else redacted

    def _take(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if self._left <= 0:
                return
            yield value


def _redact_number(value: int) -> int | str:
    if value.bit_length() > 64:  # longer than any card number; Python may refuse to convert it
        return f"<a number of {value.bit_length()} bits>"
    return REDACTED if is_card_number(str(value)) else value


def _to_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        # A character has up to four bytes.
        return bytes(value[: 4 * LONGEST_TEXT]).decode("utf-8", "replace")
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
