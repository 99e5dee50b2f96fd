"""The only module that imports `stripe`: calls, their errors as ours, and the signature check.

Every call is one attempt: the SDK's own retries are off, as `operations` retries and records each.
Answers are plain dicts with the time at which Stripe gave them.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal

import requests
import stripe
from django.utils import timezone

from .conf import conf
from .logs import get_logger

logger = get_logger(__name__)

API_VERSION = "2026-10-28.endive"
"""Written out, so that an upgrade of the SDK never changes it silently."""

_EXPAND_METHOD = ["payment_method"]
_EXPAND_INTENT = ["latest_charge", "payment_method"]


@dataclass(frozen=True)
class Answer:
    """What Stripe said, when, and the id under which Stripe logged the request."""

    object: dict[str, Any] = field(repr=False)
    as_of: datetime
    request_id: str
    replayed: bool = False


@dataclass
class StripeCallError(Exception):
    """A call that did not end in a 2xx answer."""

    message: str
    status: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    decline_code: str = ""
    request_id: str = ""
    object: dict[str, Any] | None = field(default=None, repr=False)  # the intent inside the error
    as_of: datetime = field(default_factory=timezone.now)
    retry_after: int | None = None

    def __str__(self) -> str:
        return self.message


class StripeRefusedError(StripeCallError):
    """402 or a 4xx about the request: it was not carried out, and asking again changes nothing."""


class StripeCredentialsError(StripeCallError):
    """401 or 403: our keys are wrong. Nobody's request is to blame."""


class StripeBusyError(StripeCallError):
    """409, 429, or a connection refused: not carried out; ask again with the same key."""


class StripeNoAnswerError(StripeCallError):
    """Time-out or reset after sending: it may have been carried out."""


class StripeServerError(StripeCallError):
    """5xx: it may have been carried out, and may be yet; the same key only replays the 5xx."""


def create_customer(parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("customers", "create", parameters, key=key)


def update_customer(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("customers", "update", stripe_id, parameters, key=key)


def retrieve_customer(stripe_id: str) -> Answer:
    return _call("customers", "retrieve", stripe_id, {})


def list_customers(parameters: Mapping[str, Any]) -> Answer:
    return _call("customers", "list", parameters)


def create_payment_intent(parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("payment_intents", "create", {**parameters, "expand": _EXPAND_INTENT}, key=key)


def retrieve_payment_intent(stripe_id: str) -> Answer:
    return _call("payment_intents", "retrieve", stripe_id, {"expand": _EXPAND_INTENT})


def list_payment_intents(parameters: Mapping[str, Any]) -> Answer:
    return _call("payment_intents", "list", parameters)


def move_payment_intent(
    move: Literal["confirm", "capture", "cancel"],
    stripe_id: str,
    parameters: Mapping[str, Any],
    key: str,
) -> Answer:
    expanded = {**parameters, "expand": _EXPAND_INTENT}
    return _call("payment_intents", move, stripe_id, expanded, key=key)


def update_payment_intent(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    expanded = {**parameters, "expand": _EXPAND_INTENT}
    return _call("payment_intents", "update", stripe_id, expanded, key=key)


def create_setup_intent(parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("setup_intents", "create", {**parameters, "expand": _EXPAND_METHOD}, key=key)


def retrieve_setup_intent(stripe_id: str) -> Answer:
    return _call("setup_intents", "retrieve", stripe_id, {"expand": _EXPAND_METHOD})


def list_setup_intents(parameters: Mapping[str, Any]) -> Answer:
    return _call("setup_intents", "list", parameters)


def create_refund(parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("refunds", "create", parameters, key=key)


def retrieve_refund(stripe_id: str) -> Answer:
    return _call("refunds", "retrieve", stripe_id, {})


def cancel_refund(stripe_id: str, key: str) -> Answer:
    return _call("refunds", "cancel", stripe_id, {}, key=key)


def list_refunds(parameters: Mapping[str, Any]) -> Answer:
    return _call("refunds", "list", parameters)


def retrieve_payment_method(stripe_id: str) -> Answer:
    return _call("payment_methods", "retrieve", stripe_id, {})


def detach_payment_method(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("payment_methods", "detach", stripe_id, parameters, key=key)


def retrieve_dispute(stripe_id: str) -> Answer:
    return _call("disputes", "retrieve", stripe_id, {})


def list_disputes(parameters: Mapping[str, Any]) -> Answer:
    return _call("disputes", "list", parameters)


def update_dispute(stripe_id: str, parameters: Mapping[str, Any], key: str) -> Answer:
    return _call("disputes", "update", stripe_id, parameters, key=key)


def close_dispute(stripe_id: str, key: str) -> Answer:
    return _call("disputes", "close", stripe_id, {}, key=key)


def retrieve_event(stripe_id: str) -> Answer:
    """Stripe keeps events for 30 days. https://docs.stripe.com/api/events/retrieve"""
    return _call("events", "retrieve", stripe_id, {})


def list_events(parameters: Mapping[str, Any]) -> Answer:
    return _call("events", "list", parameters)


def verify_signature(payload: str, header: str, secret: str, *, tolerance: int) -> None:
    """Raises `ValueError`. https://docs.stripe.com/webhooks/signature"""
    try:
        stripe.WebhookSignature.verify_header(payload, header, secret, tolerance)
    except (stripe.SignatureVerificationError, TypeError, ValueError) as error:
        raise ValueError(str(error).splitlines()[0]) from None


@lru_cache(maxsize=4)
def _get_client(key: str, api_base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    """One per process and configuration; its sessions are one per thread."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
        base_addresses={"api": api_base} if api_base else {},
    )


def _call(resource: str, method: str, *arguments: Any, key: str | None = None) -> Answer:
    """One attempt of `client.v1.<resource>.<method>`, logged. Raises `StripeCallError`."""
    client = _get_client(conf.STRIPE_SECRET_KEY, conf.STRIPE_API_BASE, conf.PAYMENTS_STRIPE_TIMEOUT)
    call = getattr(getattr(client.v1, resource), method)
    log = logger.bind(call=f"{resource}.{method}")
    started = time.monotonic()
    try:
        answer = call(*arguments, {"idempotency_key": key} if key else {})
    except stripe.StripeError as error:
        translated = _translate(error)
        log.warning(
            "stripe_call_failed",
            outcome=type(translated).__name__,
            status=translated.status,
            code=translated.code,
            stripe_request_id=translated.request_id,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        raise translated from error
    headers = answer.last_response.headers
    request_id = headers.get("request-id", "")
    log.info(
        "stripe_call_succeeded",
        outcome="ok",
        stripe_request_id=request_id,
        duration_ms=round((time.monotonic() - started) * 1000),
    )
    return Answer(
        object=answer.to_dict(),
        as_of=_parse_date(headers.get("date")),
        request_id=request_id,
        replayed=headers.get("idempotent-replayed") == "true",
    )


def _translate(error: stripe.StripeError) -> StripeCallError:
    status = error.http_status
    details = error.json_body.get("error", {}) if isinstance(error.json_body, dict) else {}
    if not isinstance(details, dict):
        details = {}
    headers = error.headers or {}
    retry_after = str(headers.get("retry-after", ""))
    return _error_class(error, str(headers.get("stripe-should-retry", "")))(
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
    )


def _error_class(error: stripe.StripeError, should_retry: str) -> type[StripeCallError]:
    """`Stripe-Should-Retry` overrides the status. https://docs.stripe.com/error-low-level"""
    status = error.http_status
    if status is None or status < 400:  # or an answer that is not Stripe's, as from a proxy
        return StripeBusyError if _was_never_sent(error) else StripeNoAnswerError
    if status in (401, 403):
        return StripeCredentialsError
    if should_retry == "true":
        return StripeBusyError
    if status >= 500:
        return StripeServerError
    if status in (409, 429) and should_retry != "false":
        return StripeBusyError
    return StripeRefusedError


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
