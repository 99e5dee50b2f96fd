"""One attempt of a call: bounded in time, refused while Stripe is down, logged, its errors ours."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import requests
import stripe
from django.utils import timezone

from .. import deadlines
from ..circuit import Circuit
from ..conf import conf
from ..confidential import conceal
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

logger = get_logger(__name__)

API_VERSION = "2026-10-28.endive"
"""Written out, so that an upgrade of the SDK never changes it silently."""


def is_down() -> bool:
    """Would a call be refused at once, as Stripe has not answered for a while?"""
    return _get_circuit(conf.STRIPE_API_BASE).is_open


@lru_cache(maxsize=16)
def _get_circuit(api_base: str) -> Circuit:
    """One per process and server."""
    return Circuit()


class _BoundedClient(stripe.RequestsClient):
    """No attempt outlasts the deadline of whoever waits for it. See Note [Deadlines]."""

    @property
    def _timeout(self) -> tuple[float, float]:  # what the SDK gives `requests`, for each request
        left = max(deadlines.remaining(), 0.05)
        connect, read = self._limits
        return min(connect, left), min(read, left)

    @_timeout.setter
    def _timeout(self, limits: tuple[float, float]) -> None:
        self._limits = limits


@lru_cache(maxsize=4)
def _get_client(key: str, api_base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    """One per process and configuration; its sessions are one per thread."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        http_client=_BoundedClient(timeout=timeout),
        base_addresses={"api": api_base} if api_base else {},
    )


def call(resource: str, method: str, *arguments: Any, key: str | None = None) -> Answer:
    """One attempt of `client.v1.<resource>.<method>`, logged. Raises `StripeCallError`."""
    client = _get_client(conf.STRIPE_SECRET_KEY, conf.STRIPE_API_BASE, conf.PAYMENTS_STRIPE_TIMEOUT)
    send = getattr(getattr(client.v1, resource), method)
    log = logger.bind(call=f"{resource}.{method}")
    circuit = _get_circuit(conf.STRIPE_API_BASE)
    if not circuit.may_call():
        raise StripeDownError(
            "Stripe has not answered for a while.", retry_after=circuit.retry_after
        )
    started = time.monotonic()
    translated: StripeCallError | None = None
    try:
        answer = send(*arguments, {"idempotency_key": key} if key else {})
    except stripe.StripeError as error:
        translated = _translate(error)
    except Exception as error:
        log.exception("stripe_sdk_failed")
        raise error.with_traceback(None) from None  # see Note [Nothing confidential in a frame]
    if translated is not None:
        if _is_outage(translated):
            circuit.failed()
        else:
            circuit.succeeded()
        log.warning(
            "stripe_call_failed",
            outcome=type(translated).__name__,
            status=translated.status,
            code=translated.code,
            stripe_request_id=translated.request_id,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        # Outside of the `except`, so that the SDK's error and its frames stay behind.
        raise translated
    circuit.succeeded()
    headers, concealed = answer.last_response.headers, conceal(answer.to_dict())
    del answer
    request_id = headers.get("request-id", "")
    log.info(
        "stripe_call_succeeded",
        outcome="ok",
        stripe_request_id=request_id,
        duration_ms=round((time.monotonic() - started) * 1000),
    )
    return Answer(
        object=concealed,
        as_of=_parse_date(headers.get("date")),
        request_id=request_id,
        replayed=headers.get("idempotent-replayed") == "true",
    )


def _translate(error: stripe.StripeError) -> StripeCallError:
    status = error.http_status
    details = conceal(error.json_body.get("error")) if isinstance(error.json_body, dict) else {}
    if not isinstance(details, dict):
        details = {}
    headers = error.headers or {}
    retry_after = str(headers.get("retry-after", ""))
    should_retry = str(headers.get("stripe-should-retry", ""))
    return _error_class(error, should_retry)(
        message=str(details.get("message") or error.user_message or "Stripe gave no reason."),
        status=status,
        code=str(details.get("code") or ""),
        type=str(details.get("type") or ""),
        param=str(details.get("param") or ""),
        decline_code=str(details.get("decline_code") or ""),
        request_id=error.request_id or "",
        object=details.get("payment_intent"),
        as_of=_parse_date(headers.get("date")),
        retry_after=int(retry_after) if retry_after.isdecimal() else None,
        may_be_sent_again=should_retry != "false",
    )


def _error_class(error: stripe.StripeError, should_retry: str) -> type[StripeCallError]:
    """`Stripe-Should-Retry` overrides the status. https://docs.stripe.com/error-low-level"""
    status = error.http_status
    is_stripes = isinstance(error.json_body, dict) and "error" in error.json_body
    if status is None or status < 400 or (status >= 500 and not is_stripes):
        # Also an answer that is not Stripe's, such as a proxy's page: nothing was saved by it.
        return StripeBusyError if _was_never_sent(error) else StripeNoAnswerError
    if status in (401, 403):
        return StripeCredentialsError
    if should_retry == "true":
        return StripeBusyError
    if status >= 500:
        return StripeServerError
    if status == 409 and should_retry == "false":
        # Another request with this key is under way: asking again would not tell what came of it.
        return StripeServerError
    return StripeBusyError if status in (409, 429) else StripeRefusedError


def _is_outage(error: StripeCallError) -> bool:
    """Stripe is not there, or not able to answer anybody."""
    return isinstance(error, StripeNoAnswerError) or error.status is None or error.status >= 500


def _was_never_sent(error: BaseException) -> bool:
    """No connection was made, so Stripe knows nothing of the request."""
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(cause, requests.exceptions.ConnectionError) or not cause.args:
        return False
    reason = getattr(cause.args[0], "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _parse_date(header: str | None) -> datetime:
    """Stripe's clock, in whole seconds, as events have it; ours when the header is missing."""
    try:
        return parsedate_to_datetime(header or "").astimezone(UTC)
    except (TypeError, ValueError):
        return timezone.now().replace(microsecond=0)
