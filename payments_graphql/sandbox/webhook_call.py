"""One POST to a webhook endpoint, signed as Stripe does."""

import hashlib
import hmac
import http.client
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

# Seconds for an endpoint to answer.
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of an endpoint as text, and the duration in seconds.

    `was_answered` is False without an HTTP answer: connection refused, TLS error or timeout.
    """

    was_answered: bool
    was_taken: bool
    answer: str
    duration: float


def sign(payload: bytes, secrets: Sequence[str], timestamp: int) -> str:
    """Return the Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually.

    Several secrets give several `v1`, as during the rotation of a secret.
    """
    signed = f"{timestamp}.".encode() + payload
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])


def call_endpoint(url: str, payload: bytes, signature: str) -> Outcome:
    """POST once. As at Stripe, every status other than 2xx is a failure, including redirects."""
    began = time.perf_counter()
    try:
        status = _post(url, payload, signature)
    except (OSError, http.client.HTTPException) as error:
        answer = f"{type(error).__name__}: {error}"
        return Outcome(False, False, answer, time.perf_counter() - began)
    return Outcome(True, 200 <= status < 300, str(status), time.perf_counter() - began)


@cache
def _tls_context() -> ssl.SSLContext:
    """Return a shared context: loading the CA certificates takes tens of milliseconds."""
    return ssl.create_default_context()


def _post(url: str, payload: bytes, signature: str) -> int:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=_tls_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*; q=0.5, application/xml",
        "Cache-Control": "no-cache",
        "Connection": "close",
        "Stripe-Signature": signature,
    }
    try:
        connection.request("POST", target, payload, headers)
        return connection.getresponse().status
    finally:
        connection.close()
