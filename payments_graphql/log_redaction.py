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
from collections.abc import Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from types import TracebackType
from typing import Any

from structlog.processors import format_exc_info

from .next_actions import keep_type_and_deadline

__all__ = ["RedactingFilter", "redact", "redact_text", "redact_value", "strip_secrets"]

REDACTED = "[redacted]"
_MAXIMUM_DEPTH = 10
_PLAIN = (bool, float, uuid.UUID, datetime.date, datetime.time, datetime.timedelta)

_SENSITIVE_NAME = r"""(?:
    passw(?:or)?d | passphrase | secret | token | credential
    | api[_-]?key | private[_-]?key | csrf | session[_-]?(?:id|key)
)"""
_HEADER_NAME = r"(?: (?:proxy-)? authorization | (?:set-)? cookie )"
_SECRET_KEY = re.compile(
    rf"{_SENSITIVE_NAME} | {_HEADER_NAME} | ^(?:card\[)?cv[cv]2?\]?$", re.IGNORECASE | re.VERBOSE
)

# Between a name and its value: `=`, `: `, `": "`, `'=>'`, or the comma of a pair of quoted texts.
_ASSIGNMENT = r"""(?: \\*["']?\]? \s* (?: => | [:=] ) \s* | \\*["'] \s* , \s* (?= b?["'] ) )"""
_QUOTED = r"""(?:
    b?" (?: [^"\\] | \\. )* (?: "|$ ) | b?' (?: [^'\\] | \\. )* (?: '|$ )
    | \\" (?: (?!\\").)* (?: \\"|$ )  # JSON within JSON
)"""

# What is secret by its name or its beginning. An unquoted value ends where the next field of a
# form, a header or a dict begins.
_NAMED = re.compile(
    rf"""
    (?P<key> [sre]k_(?:test|live)_[\w*]+ | (?<![a-z0-9])[sr]k_[\w*]+ | whsec_[\w+/=-]+ )
    | (?P<client_secret> (?<=_secret_) [^\s"'&,;<>(){{}}\\]+ )
    | (?P<header> {_HEADER_NAME} {_ASSIGNMENT} ) (?: {_QUOTED} | [^\r\n"']* )
    | (?P<field> {_SENSITIVE_NAME} [\w-]{{0,40}} {_ASSIGNMENT} | \b cv[cv]2? {_ASSIGNMENT} )
      (?: {_QUOTED} | \[ [^\]]* \] | [^\s&,;"']+ )
    | (?P<scheme> \b (?: bearer \s+ | basic \s+ (?=\S{{8}}) | token \s+ (?=\S{{16}}) ) )
      [\w.~+/=:-]+
    | (?P<userinfo> (?<=://) [^\s/@:]* : [^\s/@]* (?=@) )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Each match of `_NAMED` has one of them: looking for them first is eight times as fast.
_HINTS = (
    "k_", "whsec_", "secret", "passw", "passphrase", "token", "credential", "api", "private",
    "csrf", "session", "authorization", "cookie", "cvc", "cvv", "bearer", "basic", "://",
)  # fmt: skip

_NUMBERS = re.compile(
    r"""
    # Kept: they are ours, and their digits can look like a card number.
    (?P<identifier>
        (?<![0-9a-f]) (?: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} | [0-9a-f]{32} )
        (?![0-9a-f])
    )
    | (?P<hexadecimal> (?<![0-9a-f]) [0-9a-f]{64,} )  # the tokens of knox, and signatures
    | (?P<digits> \d (?: (?: %20 | [\s+\u002d\u2010-\u2015] ){0,2} \d ){12,} )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DIGIT_GROUP = re.compile(r"\d+")

# The lengths and beginnings that card numbers have: a time in nanoseconds has neither.
_CARD_NUMBER = re.compile(
    r"[456]\d{12,18} | 2[2-7]\d{14} | 220[0-4]\d{12,15} | 3[47]\d{13} | 3[0689]\d{12,17}"
    r"| 35\d{14,17} | 81\d{14,17}",
    re.VERBOSE,
)
_LOCAL_PART = r"[\w.!#$%*^|~+-]"
# Tried only where a local part begins, so that a long text without an @ is read once.
_EMAIL = re.compile(
    rf"""(?: (?<!{_LOCAL_PART}) (?P<first>{_LOCAL_PART}) {_LOCAL_PART}* | "[^"\n]+" )
    (?P<domain> (?: @ | %40 ) [\w-]+ (?: \.[\w-]+ )* )""",
    re.VERBOSE,
)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; tracebacks are made text here, as they carry values too."""
    event = format_exc_info(logger, method, event)
    return {
        _redact_key(key): _redact_field(key, value, _MAXIMUM_DEPTH) for key, value in event.items()
    }


def redact_text(text: str) -> str:
    lower = text.lower()
    if any(hint in lower for hint in _HINTS):
        text = _NAMED.sub(_replace_named, text)
    if len(text) >= 13:
        text = _NUMBERS.sub(_replace_number, text)
    return _EMAIL.sub(_mask_email, text) if "@" in text or "%40" in text else text


def redact_value(value: Any) -> Any:
    """A copy fit for a log. What is no plain data becomes the redacted text of its `repr`."""
    return _redact(value, _MAXIMUM_DEPTH)


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
        clean = logging.makeLogRecord(
            {
                key: value if key in _RECORD_ATTRIBUTES else _redact_field(key, value, 5)
                for key, value in record.__dict__.items()
            }
        )
        clean.msg, clean.args = redact_text(record.getMessage()), None
        if record.exc_info:
            clean.exc_text = redact_text(_format_exception(record.exc_info))
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
        name = name.decode("latin-1")
    return isinstance(name, str) and _is_secret_text(name)


# The names of fields are few, and the same for every event.
@lru_cache(maxsize=1024)
def _is_secret_text(name: str) -> bool:
    return _SECRET_KEY.search(name) is not None


@lru_cache(maxsize=1024)
def _redact_name(name: str) -> str:
    return redact_text(name)


def _redact_key(key: Any) -> Any:
    if key is None or isinstance(key, _PLAIN):
        return key
    return _redact_name(key) if isinstance(key, str) else redact_text(_to_text(key))


def _redact_field(name: Any, value: Any, depth: int) -> Any:
    if _is_secret_name(name) and value is not None and not isinstance(value, bool):
        return REDACTED
    return _redact(value, depth)


def _redact(value: Any, depth: int) -> Any:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, int):
        return REDACTED if _is_card_number(str(value)) else value
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        return {
            _redact_key(key): _redact_field(key, item, depth - 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple | AbstractSet):
        return _redact_collection(value, depth)
    return redact_text(_to_text(value))


def _redact_collection(
    values: list[Any] | tuple[Any, ...] | AbstractSet[Any], depth: int
) -> list[Any] | tuple[Any, ...] | set[Any]:
    if isinstance(values, list | tuple) and len(values) == 2 and _is_secret_name(values[0]):
        # A header, as WSGI and ASGI write them: ("Authorization", "Token ...").
        redacted = [_redact(values[0], depth - 1), REDACTED]
    else:
        redacted = [_redact(value, depth - 1) for value in values]
    if isinstance(values, AbstractSet):
        # As text where redaction made a list or a dict of what was hashable.
        return {value if value.__hash__ else str(value) for value in redacted}
    return tuple(redacted) if isinstance(values, tuple) else redacted


def _to_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _replace_named(match: re.Match[str]) -> str:
    group = match.lastgroup
    return f"{match[group]}{REDACTED}" if group in ("header", "field", "scheme") else REDACTED


def _replace_number(match: re.Match[str]) -> str:
    if match.lastgroup == "digits":
        return _mask_card_numbers(match)
    return match[0] if match.lastgroup == "identifier" else REDACTED


def _mask_email(match: re.Match[str]) -> str:
    return f"{match['first'] or ''}•••{match['domain']}"


def _mask_card_numbers(match: re.Match[str]) -> str:
    """Any neighbouring groups of digits that together make a card number; the rest stays."""
    text = match[0]
    groups = list(_DIGIT_GROUP.finditer(text.replace("%20", "   ")))
    is_fraction = re.search(r"\d\.$", match.string[max(match.start() - 2, 0) : match.start()])
    masked, position, first = "", 0, 0
    while first < len(groups):
        last = _find_card_number(groups, first)
        if last is None or (is_fraction and last == first == 0):
            first += 1
            continue
        masked += text[position : groups[first].start()] + REDACTED
        position, first = groups[last].end(), last + 1
    return masked + text[position:]


def _find_card_number(groups: list[re.Match[str]], first: int) -> int | None:
    """The last of the groups that make the longest card number beginning with group `first`."""
    digits, found = "", None
    for index in range(first, len(groups)):
        group = groups[index][0]
        # Other scripts have digits of their own, which \d matches as well.
        digits += group if group.isascii() else "".join(str(int(digit)) for digit in group)
        if len(digits) > 19:
            break
        if len(digits) >= 13 and _is_card_number(digits):
            found = index
    return found


def _is_card_number(digits: str) -> bool:
    """The check digit's algorithm is Luhn's, ISO/IEC 7812-1."""
    if _CARD_NUMBER.fullmatch(digits) is None:
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
