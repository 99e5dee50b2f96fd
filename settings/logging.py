"""LOGGING for this project: readable lines in development, JSON lines in production.

All records pass through `redact`, including those of other libraries.
"""

import json
import logging
import sys
from typing import Any

import structlog

from payments_graphql.correlation import find_of_record
from payments_graphql.log_redaction import redact
from payments_graphql.logs import PROCESSORS

DETAILS = logging.DEBUG
"""The level of lines that are only written while somebody looks for a fault."""


def build_logging(*, as_json: bool, level: str = "INFO") -> dict[str, Any]:
    """The LOGGING setting. Structlog's global loggers, used by django-structlog, follow it too."""
    structlog.configure(
        processors=list(PROCESSORS),
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [_prepare],
                "processors": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _json_renderer() if as_json else _console_renderer(),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # Django gives `django` and `django.server` their own handlers, without redaction. Naming a
        # logger here removes them, also below it.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # We log each call ourselves. The SDK's own lines are for debugging.
            "stripe": {"level": level if level == "DEBUG" else "WARNING"},
        },
    }


def _prepare(logger: Any, method: str, event: structlog.typing.EventDict) -> Any:
    """Restores the data of our own events, already redacted, and redacts all other records."""
    record = event["_record"]
    fields = getattr(record, "event_fields", None)
    if fields is not None:
        return {**event, **fields}
    if record.exc_text and not record.exc_info:  # a record from RedactingFilter
        event["exception"] = record.exc_text
    meta = {name: event.pop(name) for name in ("_record", "_from_structlog")}
    event = structlog.contextvars.merge_contextvars(logger, method, event)
    correlation_id = find_of_record(record)
    if correlation_id:
        event["correlation_id"] = correlation_id
    return {**redact(logger, method, event), **meta}


def _json_renderer() -> structlog.processors.JSONRenderer:
    return structlog.processors.JSONRenderer(
        serializer=lambda event, **_: json.dumps(
            event, default=str, ensure_ascii=False, skipkeys=True
        )
    )


def _console_renderer() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        # `redact` has already converted the traceback to text.
        exception_formatter=structlog.dev.plain_traceback,
    )
