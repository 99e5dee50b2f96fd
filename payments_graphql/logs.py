"""Our loggers: structured, redacted, and children of the standard library's `payments_graphql`.

Records are redacted before the standard library sees them, so no LOGGING setting of a site can
expose secrets. A plain formatter prints `event key=value ...`. The data is also in the record's
`event_fields`.
"""

import json
import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from .log_redaction import RedactingFilter, redact

__all__ = ["PROCESSORS", "get_logger"]

_BETWEEN_WORDS = frozenset(' "=')

# At DEBUG the SDK logs whole answers, including client secrets.
logging.getLogger("stripe").addFilter(RedactingFilter())


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """`logger.info("event", key=value)`. Does not depend on the site's structlog configuration."""
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=PROCESSORS,
    )
    return logger


def _hand_over(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The arguments for the standard library's logger."""
    return {
        "msg": _to_line(event),
        "exc_info": None,  # the traceback is in the text, redacted
        "stacklevel": _count_frames(logger),
        "extra": {"event_fields": dict(event)},
    }


def _count_frames(logger: logging.Logger) -> int:
    """The `stacklevel` of the calling function, for %(funcName)s: skips structlog's three frames.

    Loggers created after a call of `structlog.stdlib.LoggerFactory()` skip them already.
    """
    return 4 if type(logger).findCaller is logging.Logger.findCaller else 1


def _to_line(event: Mapping[str, Any]) -> str:
    fields = dict(event)
    words = [_escape(str(fields.pop("event", "")))]
    trailers = [str(fields.pop(name)) for name in ("exception", "stack") if name in fields]
    words += [f"{_escape(str(key))}={_to_word(value)}" for key, value in fields.items()]
    return "\n".join([" ".join(words), *trailers])


def _escape(text: str) -> str:
    """Escapes line breaks, so that no input can start a log line of its own."""
    return text if text.isprintable() else json.dumps(text, ensure_ascii=False)[1:-1]


def _to_word(value: Any) -> str:
    """Quoted if it is not a single word."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    text = str(value)
    is_word = text.isprintable() and _BETWEEN_WORDS.isdisjoint(text)
    return text if text and is_word else json.dumps(text, ensure_ascii=False)


PROCESSORS: tuple[Processor, ...] = (
    structlog.stdlib.filter_by_level,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    redact,
    _hand_over,
)
