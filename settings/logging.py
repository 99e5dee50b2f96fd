"""LOGGING of our own project: lines for people in development, JSON lines in production.

Everything passes `redact`, records of other libraries too.
"""

import json
import sys
from typing import Any

import structlog

from payments_graphql.log_redaction import redact
from payments_graphql.logs import PROCESSORS


def build_logging(*, as_json: bool, level: str = "INFO") -> dict[str, Any]:
    """The LOGGING setting, which structlog's global loggers (django-structlog's) obey as well."""
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
        # Django gives it and django.server handlers of their own, which know nothing of redaction;
        # naming a logger here takes them from it and from all below it.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # Each call is logged by us already; the SDK's own lines are for debugging.
            "stripe": {"level": level if level == "DEBUG" else "WARNING"},
        },
    }


def _prepare(logger: Any, method: str, event: structlog.typing.EventDict) -> Any:
    """Our loggers' events as data again, redacted as they are; everybody else's redacted."""
    record = event["_record"]
    fields = getattr(record, "event_fields", None)
    if fields is not None:
        return {**event, **fields}
    if record.exc_text and not record.exc_info:  # it passed RedactingFilter
        event["exception"] = record.exc_text
    meta = {name: event.pop(name) for name in ("_record", "_from_structlog")}
    event = structlog.contextvars.merge_contextvars(logger, method, event)
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
        # `redact` has made the traceback a text already.
        exception_formatter=structlog.dev.plain_traceback,
    )
