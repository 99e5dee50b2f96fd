"""Stripe behind a bad connection: forwards requests to the sandbox, except as configured.

A stand-in, since these faults cannot be caused in the sandbox itself.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


@dataclass(frozen=True)
class Fault:
    """What happens to one changing request. `is_sent_on`: it reaches Stripe first. `before` and
    `after` run around that. `body` is Stripe's own error. Without one, a gateway's `page` is the
    answer."""

    status: int | None = None  # None cuts the connection without an answer
    is_sent_on: bool = False
    hangs: bool = False
    body: dict[str, Any] = field(default_factory=dict)
    page: bytes = b"<html>gateway</html>"
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None


RESET = Fault()
RESET_AFTER_EFFECT = Fault(is_sent_on=True)
HANG = Fault(hangs=True)
HANG_AFTER_EFFECT = Fault(hangs=True, is_sent_on=True)
_API_ERROR = {"type": "api_error", "message": "Something went wrong at Stripe."}
ERROR_500 = Fault(500, body=_API_ERROR)
ERROR_500_AFTER_EFFECT = Fault(500, body=_API_ERROR, is_sent_on=True)
ERROR_503_AFTER_EFFECT = Fault(503, body=_API_ERROR, is_sent_on=True)
NOT_JSON = Fault(200)
BAD_GATEWAY = Fault(502)
BAD_GATEWAY_AFTER_EFFECT = Fault(502, is_sent_on=True)
GATEWAY_STATUSES = (400, 401, 402, 403, 404, 407, 408, 409, 413, 421, 429, 451)
CONFLICT = Fault(409, body={"code": "idempotency_key_in_use", "type": "idempotency_error"})
TOO_MANY = Fault(429, body={"code": "rate_limit"}, headers={"Retry-After": "0"})
UNAUTHORIZED = Fault(401, body={"type": "invalid_request_error"})
FORBIDDEN = Fault(403, body={"type": "invalid_request_error"})
OTHER_REQUEST = Fault(400, body={"type": "idempotency_error", "message": "Other parameters."})
REFUSED = Fault(400, body={"type": "invalid_request_error", "message": "No."})


class FaultyStripe(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        self.also_reads = False
        self.before_answer: Any = None
        self.dates_at_the_end = False
        self.received: list[tuple[str, str, str]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def choose(self, method: str) -> Fault | None:
        if method == "GET" and not self.also_reads:
            return None
        return self.faults.popleft() if self.faults else self.always

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections are cut on purpose here."""


@contextmanager
def faulty_stripe(target: str) -> Iterator[FaultyStripe]:
    with FaultyStripe(target) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: FaultyStripe

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.headers.get("Idempotency-Key", "")
        self.server.received.append((self.command, self.path, key))
        fault = self.server.choose(self.command)
        answer = None
        if fault is not None:
            fault.before()
        if fault is None or fault.is_sent_on:
            answer = requests.request(
                self.command,
                self.server.target + self.path,
                data=body,
                headers={k: v for k, v in self.headers.items() if k.lower() != "host"},
                timeout=10,
            )
        if fault is None:
            assert answer is not None
            if self.server.before_answer is not None:
                self.server.before_answer()
            headers = dict(answer.headers)
            if self.server.dates_at_the_end:
                headers["Date"] = formatdate(usegmt=True)
            self._write(answer.status_code, answer.content, headers)
            return
        fault.after()
        if fault.hangs:
            self.server.closing.wait(10)
        if fault.status is None:
            self.close_connection = True
            return
        content, headers = fault.page, fault.headers
        if fault.body:
            content = json.dumps({"error": fault.body}).encode()
            headers = {"Request-Id": "req_of_an_error", **headers}
        self._write(fault.status, content, headers)

    def _write(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 (the base class's names)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""
