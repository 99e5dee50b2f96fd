"""Spans of OpenTelemetry: what our code did, and how long it took.

Note [Traces]
Only OpenTelemetry's API is a dependency. Until the site sets up its SDK, `span` does nothing and
costs less than a microsecond. See docs/tracing.md.

A span has no secret and no personal data: names are ours, values are cut and redacted here, and an
error is only named, since its message can repeat what somebody typed.

An operation stores the position of its span (`traceparent`, https://www.w3.org/TR/trace-context/).
The span of an event that it causes is linked to it. A link, since the event arrives in a request of
its own, perhaps hours later.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .log_redaction import redact_text

__all__ = ["SpanKind", "describe", "fail", "get_traceparent", "is_on", "span"]

type Value = str | bool | int | float

_NAME = "payments_graphql"
_LONGEST = 500
"""Characters of a value."""
_NO_SPAN = nullcontext(INVALID_SPAN)
_PROPAGATOR = TraceContextTextMapPropagator()


def is_on() -> bool:
    """Whether the site has set up the SDK."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def span(
    name: str,
    values: Mapping[str, Value | None] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    link: str = "",
) -> AbstractContextManager[Span]:
    """Times the block. `link` is the `traceparent` of the span that caused it."""
    if not is_on():
        return _NO_SPAN
    return _start(name, values or {}, kind, link)


@contextmanager
def _start(
    name: str, values: Mapping[str, Value | None], kind: SpanKind, link: str
) -> Iterator[Span]:
    tracer = trace.get_tracer(_NAME)
    with tracer.start_as_current_span(
        name,
        kind=kind,
        attributes=_clean(values),
        links=_parse(link),
        # The message and the traceback can contain personal data.
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except BaseException as error:
            fail(started, type(error).__name__)
            raise


def describe(of: Span, **values: Value | None) -> None:
    """Adds values to the span. Their names begin with `payments.`."""
    if of.is_recording():
        of.set_attributes(_clean({f"payments.{name}": value for name, value in values.items()}))


def fail(of: Span, error_type: str) -> None:
    """Marks the span as failed. `error_type` is a name, never a message."""
    if of.is_recording():
        of.set_status(StatusCode.ERROR, error_type)
        of.set_attribute("error.type", error_type)


def get_traceparent() -> str:
    """The position of the current span, or an empty text if there is none."""
    if not is_on():
        return ""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def _parse(traceparent: str) -> list[Link]:
    if not traceparent:
        return []
    context = _PROPAGATOR.extract({"traceparent": traceparent})
    found = trace.get_current_span(context).get_span_context()
    return [Link(found)] if found.is_valid else []


def _clean(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {
        name: redact_text(value, _LONGEST) if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None and value != ""
    }
