"""Nothing secret gets into a log: keys, client secrets, tokens, card numbers, e-mail addresses.

`redact` is a structlog processor; `RedactingFilter` does the same for records of other libraries,
such as the Stripe SDK, which prints request bodies at DEBUG. What only looks like a secret is
redacted too: a log line that says less is better than one that says too much.
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

__all__ = ["RedactingFilter", "redact", "redact_text", "redact_value", "strip_secrets"]

_MAXIMUM_DEPTH = 10
_MOST_VALUES = 2_000
"""Of one event, in all its lists and dicts: a client chooses how many it sends."""
_LONGEST_NAME = 500
_PLAIN = (bool, float, uuid.UUID, datetime.date, datetime.time, datetime.timedelta)

_SECRET_KEY = re.compile(
    rf"{SENSITIVE_NAME} | {HEADER_NAME} | ^(?:card\[)?cv[cv]2?\]?$", re.IGNORECASE | re.VERBOSE
)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; tracebacks are made text here, as they carry values too."""
    event = format_exc_info(logger, method, event)
    texts = {name: event.pop(name) for name in ("exception", "stack") if name in event}
    walk = _Walk()
    return {
        **{_redact_key(key): walk.redact_field(key, value) for key, value in event.items()},
        **{name: redact_traceback(str(text)) for name, text in texts.items()},
    }


def redact_value(value: Any) -> Any:
    """A copy fit for a log. What is no plain data becomes the redacted text of its `repr`."""
    return _Walk().redact(value)


def strip_secrets(payload: Any) -> Any:
    """A deep copy of an object of Stripe's without what must never be stored.

    Client secrets go by name and, as they also hide in errors, by value. Of `next_action` the type
    and the deadline stay: see Note [Waiting for the customer].
    https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret
    """
    if isinstance(payload, Mapping):
        return {
            key: keep_type_and_deadline(value) if key == "next_action" else strip_secrets(value)
            for key, value in payload.items()
            if key != "client_secret" and not _is_client_secret(value)
        }
    if isinstance(payload, list | tuple):
        return [strip_secrets(value) for value in payload if not _is_client_secret(value)]
    return None if _is_client_secret(payload) else payload


_RECORD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__)


class RedactingFilter(logging.Filter):
    """For handlers and loggers of any LOGGING setting: passes on a redacted copy of each record."""

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


def _is_secret_name(name: Any) -> bool:
    if isinstance(name, bytes):
        name = name[:_LONGEST_NAME].decode("latin-1")
    return isinstance(name, str) and _is_secret_text(name[:_LONGEST_NAME])


# The names of fields are few, and the same for every event.
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
    """Through one event. It ends after `_MOST_VALUES`, however they are nested."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def redact_field(self, name: Any, value: Any, depth: int = _MAXIMUM_DEPTH) -> Any:
        if _is_secret_name(name) and value is not None and not isinstance(value, bool):
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
        if isinstance(values, list | tuple) and len(values) == 2 and _is_secret_name(values[0]):
            # A header, as WSGI and ASGI write them: ("Authorization", "Token ...").
            redacted = [self.redact(values[0], depth - 1), REDACTED]
        else:
            redacted = [self.redact(value, depth - 1) for value in self._take(values)]
        if isinstance(values, AbstractSet):
            # As text where redaction made a list or a dict of what was hashable.
            return {value if value.__hash__ else str(value) for value in redacted}
        return tuple(redacted) if isinstance(values, tuple) else redacted

    def _take(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if self._left <= 0:
                return
            yield value


def _redact_number(value: int) -> int | str:
    if value.bit_length() > 64:  # longer than any card number, and Python may refuse to write it
        return f"<a number of {value.bit_length()} bits>"
    return REDACTED if is_card_number(str(value)) else value


def _to_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        # One character may have four bytes.
        return bytes(value[: 4 * LONGEST_TEXT]).decode("utf-8", "replace")
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
