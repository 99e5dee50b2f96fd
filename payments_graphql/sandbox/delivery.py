"""Webhooks on their way: signed, sent in the background, sent again until they are taken.

https://docs.stripe.com/webhooks#behaviors
"""

import hashlib
import hmac
import http.client
import json
import ssl
import threading
import time
from urllib.parse import urlsplit

from payments_graphql.sandbox.events import ENDPOINT_KINDS
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store, StoreClosedError, load

# Seconds to wait after each failed attempt. Stripe goes on for three days with growing waits; the
# first ones are shorter here, because a server under development is often just restarting.
_WAITS = (1, 5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, *([12 * 3600] * 5))
# Seconds for an endpoint to answer.
_TIMEOUT = 20.0
_LONGEST_NAP = 30.0


def sign(payload: bytes, secret: str, timestamp: int) -> str:
    """Return the Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually."""
    signed = f"{timestamp}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Deliverer:
    """One thread per endpoint: a slow endpoint holds up neither the API nor another endpoint."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers: dict[str, _Worker] = {}
        self._lock = threading.Lock()
        self._is_stopping = False

    def wake(self) -> None:
        """Look for deliveries: something was stored, or the clock was moved."""
        rows = self._store.all("SELECT id FROM objects WHERE kind IN (?, ?)", *ENDPOINT_KINDS)
        with self._lock:
            if self._is_stopping:
                return
            for row in rows:
                worker = self._workers.get(row["id"])
                if worker is None:
                    worker = self._workers[row["id"]] = _Worker(self._store, row["id"])
                worker.wake.set()

    def stop(self) -> None:
        """Start nothing more; what is under way is left to itself and, unrecorded, sent again."""
        with self._lock:
            self._is_stopping = True
            for worker in self._workers.values():
                worker.is_stopping = True
                worker.wake.set()


class _Worker:
    """Sends one endpoint's deliveries, one at a time and oldest first."""

    def __init__(self, store: Store, endpoint_id: str) -> None:
        self._store = store
        self._endpoint_id = endpoint_id
        self.wake = threading.Event()
        self.is_stopping = False
        threading.Thread(
            target=self._work, name=f"sandbox-delivery-{endpoint_id}", daemon=True
        ).start()

    def _work(self) -> None:
        try:
            while not self.is_stopping:
                self.wake.clear()
                delivery = self._next()
                if delivery is None:
                    self.wake.wait(_LONGEST_NAP)
                elif delivery["due"] > self._store.now():
                    self.wake.wait(min(delivery["due"] - self._store.now(), _LONGEST_NAP))
                else:
                    self._deliver(delivery)
        except StoreClosedError:
            return

    def _next(self) -> JsonObject | None:
        return self._store.first(
            "SELECT * FROM deliveries WHERE endpoint = ? AND status = 'pending' "
            "ORDER BY due, seq LIMIT 1",
            self._endpoint_id,
        )

    def _deliver(self, delivery: JsonObject) -> None:
        endpoint = self._endpoint()
        event = self._store.get("event", delivery["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            self._store.execute(
                "UPDATE deliveries SET status = 'failed', answer = 'endpoint disabled or deleted' "
                # It may just have been moved to another listener.
                "WHERE seq = ? AND endpoint = ?",
                delivery["seq"],
                self._endpoint_id,
            )
            return
        payload = json.dumps(event, indent=2).encode()
        # Real time, not the sandbox's: the receiver compares it with its own clock.
        signature = sign(payload, endpoint["_secret"], int(time.time()))
        was_taken, answer = call_endpoint(endpoint["url"], payload, signature)
        self._record(delivery, answer, was_taken=was_taken)

    def _endpoint(self) -> JsonObject | None:
        row = self._store.first(
            "SELECT body FROM objects WHERE id = ? AND kind IN (?, ?)",
            self._endpoint_id,
            *ENDPOINT_KINDS,
        )
        return None if row is None else load(row["body"])

    def _record(self, delivery: JsonObject, answer: str, *, was_taken: bool) -> None:
        attempts = delivery["attempts"] + 1
        is_over = attempts > len(_WAITS)
        status = "succeeded" if was_taken else "failed" if is_over else "pending"
        wait = 0 if was_taken or is_over else _WAITS[attempts - 1]
        with self._store.transaction():
            changed = self._store.execute(
                "UPDATE deliveries SET status = ?, attempts = ?, due = ?, answer = ? "
                # Meanwhile it may have been moved to another listener, or deleted.
                "WHERE seq = ? AND endpoint = ?",
                status,
                attempts,
                self._store.now() + wait,
                answer,
                delivery["seq"],
                self._endpoint_id,
            )
            event = self._store.get("event", delivery["event"])
            if changed and was_taken and event is not None:
                self._store.save(event | {"pending_webhooks": event["pending_webhooks"] - 1})


def call_endpoint(url: str, payload: bytes, signature: str) -> tuple[bool, str]:
    """POST once and return whether the endpoint took it, and its answer in words.

    Anything but 2xx is a failure, redirects included, as at Stripe.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(
            host, port, timeout=_TIMEOUT, context=ssl.create_default_context()
        )
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
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return 200 <= status < 300, str(status)
