"""One attempt of a call: limits its time, refuses it while Stripe is down, logs it, and translates
its errors.

Note [Stripe's own answer]
Proxies and gateways between Stripe and us can answer in Stripe's place: with a page, with their own
JSON, with a redirect, with any status. Such an answer says nothing about what Stripe did, since the
request may have reached Stripe. So a success must be the requested object, and a refusal must be
Stripe's `error` object with the `Request-Id` that Stripe gives every request. Anything else is not
an answer: the call is retried with the same idempotency key, or its outcome is read.
https://docs.stripe.com/api/errors
"""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, cast

import orjson
import requests
import stripe
import structlog
from django.utils import timezone
from opentelemetry.trace import Span

from .. import deadlines, metrics, tracing
from ..circuit import Circuit
from ..conf import conf
from ..confidential import ConfidentialBytes, ConfidentialDict, conceal
from ..logs import get_logger
from .answers import (
    Answer,
    StripeBusyError,
    StripeCallError,
    StripeCredentialsError,
    StripeDownError,
    StripeNoAnswerError,
    StripeRefusedError,
    StripeServerError,
)
from .test_runs import NoStripeInTestsError, find_remedy

logger = get_logger(__name__)

API_VERSION = "2026-10-28.endive"
"""Set explicitly, so that upgrading the SDK never changes it silently."""


def is_down() -> bool:
    """Whether calls are refused at once, since Stripe has not answered for a while."""
    return _get_circuit(conf.STRIPE_API_BASE).is_open


@lru_cache(maxsize=16)
def _get_circuit(api_base: str) -> Circuit:
    """One per process and server."""
    return Circuit()


class _BoundedClient(stripe.RequestsClient):
    """Limits each attempt to the caller's deadline, and rejects answers that are not from Stripe.

    See Note [Deadlines] and Note [Stripe's own answer].
    """

    def request(  # type: ignore[override]  # same signature as the SDK's own client
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        if getattr(self._thread_local, "session", None) is None:
            self._thread_local.session = requests.Session()
            # Stripe never redirects. A redirect would go to another server.
            self._thread_local.session.max_redirects = 0
        content, status, answered = super().request(method, url, headers, post_data)
        content = ConfidentialBytes(content)  # see Note [Nothing confidential in a frame]
        if not _is_stripes_own(content, status, answered):
            # Raised here, since the SDK fails on unexpected JSON.
            raise _not_stripes(f"The answer ({status}) is not Stripe's own.", status, answered)
        return content, status, answered

    @property
    def _timeout(self) -> tuple[float, float]:  # the SDK reads it for each request
        left = max(deadlines.remaining(), 0.05)
        connect, read = self._limits
        return min(connect, left), min(read, left)

    @_timeout.setter
    def _timeout(self, limits: tuple[float, float]) -> None:
        self._limits = limits


def _is_stripes_own(content: bytes, status: int, headers: Mapping[str, str]) -> bool:
    try:
        body = ConfidentialDict(orjson.loads(memoryview(content)))  # orjson rejects subclasses
    except (TypeError, ValueError):  # not JSON, or not an object
        return False
    if 200 <= status < 300:
        return isinstance(body.get("object"), str)
    return status >= 400 and isinstance(body.get("error"), dict) and "request-id" in headers


@lru_cache(maxsize=4)
def _get_client(key: str, api_base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    """One per process and configuration. Its HTTP sessions are per thread."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        http_client=_BoundedClient(timeout=timeout),
        base_addresses={"api": api_base, "files": api_base} if api_base else {},
    )


def call(
    resource: str,
    method: str,
    *arguments: Any,
    key: str | None = None,
    level: int = logging.INFO,
) -> Answer:
    """Calls `client.v1.<resource>.<method>` once. Logs a success at `level`. Raises
    `StripeCallError`."""
    name = f"{resource}.{method}"
    with tracing.span(
        f"stripe {name}", {"payments.call": name}, kind=tracing.SpanKind.CLIENT
    ) as one:
        try:
            answer = _attempt(resource, method, arguments, key, level)
        except StripeCallError as error:
            _describe(one, error.status, error.request_id, error.code)
            raise
        _describe(one, 200, answer.request_id)
    return answer


def _describe(span: Span, status: int | None, request_id: str, code: str = "") -> None:
    tracing.describe(
        span,
        status=status,
        stripe_request_id=request_id,
        code=code,
        attempt=structlog.contextvars.get_contextvars().get("attempt"),
    )


def _attempt(
    resource: str, method: str, arguments: tuple[Any, ...], key: str | None, level: int
) -> Answer:
    client = _get_client(conf.STRIPE_SECRET_KEY, conf.STRIPE_API_BASE, conf.PAYMENTS_STRIPE_TIMEOUT)
    send = getattr(getattr(client.v1, resource), method)
    name = f"{resource}.{method}"
    log = logger.bind(call=name)
    circuit = _get_circuit(conf.STRIPE_API_BASE)
    if not circuit.may_call():
        down = StripeDownError(
            "Stripe has not answered for a while.", retry_after=circuit.retry_after
        )
        metrics.count_stripe_call(name, 0, down)
        raise down
    started = time.monotonic()
    translated: StripeCallError | None = None
    remedy = ""
    try:
        answer = send(*arguments, {"idempotency_key": key} if key else {})
        headers, answered = answer.last_response.headers, conceal(answer.to_dict())
        del answer
        _check_kind(answered, resource, method, headers)
    except stripe.StripeError as error:
        translated = _translate(error, time.monotonic() - started)
        remedy = find_remedy(error)
    except Exception as error:
        log.exception("stripe_sdk_failed")
        raise error.with_traceback(None) from None  # see Note [Nothing confidential in a frame]
    took = time.monotonic() - started
    metrics.count_stripe_call(name, took, translated)
    if translated is not None:
        _record_health(circuit, translated)
        _log_failure(log, translated, took)
        # Raised outside of `except`, so that it does not reference the SDK's error and frames.
        raise NoStripeInTestsError(remedy) if remedy else translated
    circuit.succeeded()
    request_id = headers.get("request-id", "")
    log.log(
        level,
        "stripe_call_succeeded",
        outcome="ok",
        stripe_request_id=request_id,
        duration_ms=round(took * 1000),
    )
    as_of = _parse_date(headers.get("date"))
    return Answer(
        object=answered,
        as_of=as_of,
        as_of_earliest=_get_earliest(as_of, took),
        request_id=request_id,
        replayed=headers.get("idempotent-replayed") == "true",
    )


def _log_failure(log: Any, error: StripeCallError, took: float) -> None:
    log.warning(
        "stripe_call_failed",
        outcome=type(error).__name__,
        status=error.status,
        code=error.code,
        stripe_request_id=error.request_id,
        duration_ms=round(took * 1000),
    )


def _check_kind(
    answered: Mapping[str, Any], resource: str, method: str, headers: Mapping[str, str]
) -> None:
    """A success must be the requested object. See Note [Stripe's own answer]."""
    expected = "list" if method == "list" else resource.removesuffix("s")
    identity = answered.get("data" if method == "list" else "id")
    is_expected = isinstance(identity, list if method == "list" else str)
    if answered.get("object") != expected or not is_expected:
        raise _not_stripes(f"The answer is not a {expected} of Stripe's.", 200, headers)


def _not_stripes(message: str, status: int, headers: Mapping[str, str]) -> stripe.APIError:
    # Not copied, to keep header names case-insensitive.
    return stripe.APIError(message, http_status=status, headers=cast("dict[str, str]", headers))


def _translate(error: stripe.StripeError, took: float) -> StripeCallError:
    status = error.http_status
    details = conceal(error.json_body.get("error")) if isinstance(error.json_body, dict) else {}
    if not isinstance(details, dict):
        details = {}
    headers = error.headers or {}
    retry_after = str(headers.get("retry-after", ""))
    should_retry = str(headers.get("stripe-should-retry", ""))
    as_of = _parse_date(headers.get("date"))
    intent = details.get("payment_intent")
    return _error_class(error, should_retry)(
        message=str(details.get("message") or error.user_message or "Stripe gave no reason."),
        status=status,
        code=str(details.get("code") or ""),
        type=str(details.get("type") or ""),
        param=str(details.get("param") or ""),
        decline_code=str(details.get("decline_code") or ""),
        advice_code=str(details.get("advice_code") or ""),
        request_id=error.request_id or "",
        object=intent if isinstance(intent, dict) else None,
        as_of=as_of,
        as_of_earliest=_get_earliest(as_of, took),
        replayed=headers.get("idempotent-replayed") == "true",
        retry_after=int(retry_after) if retry_after.isdecimal() else None,
        may_be_sent_again=should_retry != "false",
    )


def _error_class(error: stripe.StripeError, should_retry: str) -> type[StripeCallError]:
    """`Stripe-Should-Retry` overrides the status. https://docs.stripe.com/error-low-level"""
    status = error.http_status
    # Other answers are Stripe's own: see Note [Stripe's own answer].
    is_stripes = isinstance(error.json_body, dict) and "error" in error.json_body
    if status is None or not is_stripes:
        return StripeBusyError if _was_never_sent(error) else StripeNoAnswerError
    if status in (401, 403):
        return StripeCredentialsError
    if should_retry == "true":
        return StripeBusyError
    if status >= 500:
        return StripeServerError
    if status == 409 and should_retry == "false":
        # Another request with this key is in progress. Retrying would not tell its outcome.
        return StripeServerError
    return StripeBusyError if status in (409, 429) else StripeRefusedError


def _record_health(circuit: Circuit, error: StripeCallError) -> None:
    """Records whether Stripe responds. A gateway that refuses one request proves nothing."""
    if error.status is None or error.status >= 500:
        circuit.failed()
    elif not isinstance(error, StripeNoAnswerError):
        circuit.succeeded()
    elif error.status < 400:
        circuit.failed()


def _was_never_sent(error: BaseException) -> bool:
    """Whether no connection was made, so Stripe never saw the request."""
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(cause, requests.exceptions.ConnectionError) or not cause.args:
        return False
    reason = getattr(cause.args[0], "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _get_earliest(as_of: datetime, took: float) -> datetime:
    """The earliest time Stripe may have begun to answer, in whole seconds like all of Stripe's
    times: the request was sent `took` seconds before the `Date` of the answer."""
    return (as_of - timedelta(seconds=took)).replace(microsecond=0)


def _parse_date(header: str | None) -> datetime:
    """Stripe's clock in whole seconds, as in events. Ours if the header is missing."""
    try:
        return parsedate_to_datetime(header or "").astimezone(UTC)
    except (TypeError, ValueError):
        return timezone.now().replace(microsecond=0)
