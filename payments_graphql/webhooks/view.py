"""Stripe's webhook endpoint: verify, store, answer. https://docs.stripe.com/webhooks"""

from time import time
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from opentelemetry.trace import Span

from .. import metrics, stripe_client, tracing
from ..conf import conf
from ..confidential import ConfidentialBytes, ConfidentialText, conceal
from ..correlation import correlated
from ..logs import get_logger
from ..models import EventSource, EventState, StripeWebhookEvent
from . import inbox, refusals

logger = get_logger(__name__)

MAXIMUM_BODY = 1_000_000
TOLERANCE = 300  # seconds, past and future; Stripe's default for the past


class _RejectedError(Exception):
    def __init__(
        self, status: int, message: str, result: str = "bad_body", *, may_be_ours: bool = False
    ) -> None:
        """`result` is the label of the metric. `may_be_ours`: it looks like Stripe's, so our secret
        may be wrong."""
        super().__init__(message)
        self.status = status
        self.result = result
        self.may_be_ours = may_be_ours


@login_not_required
@csrf_exempt  # Stripe has no cookie; its signature authenticates the request
@transaction.non_atomic_requests  # the event must be committed before the answer
@require_POST
@correlated
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    with tracing.span("webhook receive") as span:
        response = _receive(request, span)
        tracing.describe(span, status=response.status_code)
        return response


def _receive(request: HttpRequest, span: Span) -> HttpResponse:
    try:
        event = _verify(request)
    except _RejectedError as rejected:
        logger.warning("webhook_rejected", status=rejected.status, reason=str(rejected))
        metrics.count_received_webhook(rejected.result)
        tracing.fail(span, "WebhookRejected")
        if rejected.may_be_ours:
            refusals.note_refused()
        return JsonResponse({"error": str(rejected)}, status=rejected.status)
    tracing.describe(span, event_type=event["type"], event_id=event["id"])
    try:
        stored = inbox.store(event, EventSource.WEBHOOK)
    except (Error, RecursionError) as error:
        metrics.count_received_webhook("not_stored")
        return _explain_not_stored(event, error)
    metrics.count_received_webhook(_get_result(stored))
    # The event is stored, so Stripe need not send it again, even if processing fails.
    # See Note [The row is the truth].
    if stored is not None and stored.state == EventState.PENDING:
        try:
            inbox.process_new()
        except Exception:
            logger.exception("webhook_left_to_reconcile", event_id=event["id"])
    return JsonResponse({"received": True, "duplicate": stored is None})


def _get_result(stored: StripeWebhookEvent | None) -> str:
    if stored is None:
        return "duplicate"
    return "ignored" if stored.state == EventState.IGNORED else "stored"


def _explain_not_stored(event: dict[str, Any], error: Error | RecursionError) -> HttpResponse:
    if isinstance(error, RecursionError):
        return JsonResponse({"error": "the body is nested too deeply"}, status=400)
    # Stripe will send it again, and `payments_reconcile` reads what was missed.
    logger.error("webhook_not_stored", event_id=event["id"], exc_info=error)
    return JsonResponse({"error": "not stored"}, status=503)


def _verify(request: HttpRequest) -> dict[str, Any]:
    """The verified event. The signature includes the time, so old requests cannot be replayed."""
    secrets = conf.STRIPE_WEBHOOK_SECRETS
    if not secrets:
        # Without a secret, anyone could forge signatures. With a 5xx, Stripe tries again.
        is_signed = "Stripe-Signature" in request.headers
        raise _RejectedError(
            503, "no webhook secret is configured", "no_secret", may_be_ours=is_signed
        )
    payload = _read_body(request)
    header = request.headers.get("Stripe-Signature", "")
    _check_signature(payload, header, secrets)
    _refuse_future(header)
    try:
        event: dict[str, Any] = conceal(orjson.loads(payload.encode()))
    except orjson.JSONDecodeError:
        raise _RejectedError(400, "the body is not JSON") from None
    except RecursionError:
        raise _RejectedError(400, "the body is nested too deeply") from None
    if not inbox.is_event(event):
        raise _RejectedError(400, "the body is not an event of Stripe's v1 API")
    return event


def _read_body(request: HttpRequest) -> str:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and (len(length) > 20 or int(length) > MAXIMUM_BODY):
        raise _RejectedError(413, f"the body is over {MAXIMUM_BODY} bytes")
    body = ConfidentialBytes(request.read(MAXIMUM_BODY + 1))
    if len(body) > MAXIMUM_BODY:
        raise _RejectedError(413, f"the body is over {MAXIMUM_BODY} bytes")
    try:
        return ConfidentialText(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise _RejectedError(400, "the body is not UTF-8") from None


def _check_signature(payload: str, header: str, secrets: tuple[str, ...]) -> None:
    """Tries every active secret, since two are in use while one is rolled."""
    if not header:
        raise _RejectedError(400, "there is no Stripe-Signature header", "bad_signature")
    reason = ""
    for secret in secrets:
        try:
            stripe_client.verify_signature(payload, header, secret, tolerance=TOLERANCE)
        except ValueError as error:
            reason = str(error)
        else:
            return
    raise _RejectedError(
        400, f"the signature is not valid: {reason}", "bad_signature", may_be_ours=True
    )


def _refuse_future(header: str) -> None:
    """Rejects signatures from the future, which the SDK accepts and which would stay valid long."""
    # Like the SDK: the signature covers the first `t`, up to a second `=`.
    signed_at = next(int(part.split("=")[1]) for part in header.split(",") if part[:2] == "t=")
    if signed_at > time() + TOLERANCE:
        reason = "the signature is not valid: its timestamp is in the future"
        raise _RejectedError(400, reason, "bad_signature")
