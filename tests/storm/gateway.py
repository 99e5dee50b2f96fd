"""A gateway between the site and Stripe that sometimes answers in Stripe's place.

A gateway's page says nothing about what Stripe did: the request may already have taken effect.
"""

import http.client
import random
import socket
import struct
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

PAGES = (400, 404, 407, 408, 413, 421, 451, 502, 504)
_RESET = struct.pack("ii", 1, 0)
_HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class Gateway:
    """Forwards requests to `target`. While it `misbehaves`, `share` of the changing requests end in
    a page or a reset, before or after Stripe has seen them."""

    def __init__(self, target: str, *, share: float, seed: int) -> None:
        self.target = urlsplit(target).netloc
        self.misbehaves = False
        self.counted: Counter[str] = Counter()
        self._share = share
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._connections = threading.local()
        gateway = self

        class Handler(_Handler):
            owner = gateway

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def choose(self, method: str) -> tuple[str, int]:
        """What happens to a request: `pass`, or a fault and the status of its page."""
        if not self.misbehaves or method == "GET":
            return "pass", 0
        with self._lock:
            if self._random.random() >= self._share:
                return "pass", 0
            fault = self._random.choice(
                ("page_after", "page_after", "page_before", "reset_after", "reset_before")
            )
            status = self._random.choice(PAGES)
            self.counted[f"{fault} {status}" if fault.startswith("page") else fault] += 1
            return fault, status

    def ask(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, bytes]:
        passed = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
        for attempt in (1, 2):
            connection = self._connect()
            try:
                connection.request(method, path, body, passed)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._connections.open = None
                if attempt == 2:
                    raise
        raise AssertionError

    def _connect(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._connections, "open", None)
        if connection is None:
            connection = http.client.HTTPConnection(self.target, timeout=60)
            self._connections.open = connection
        return connection


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is not the gateway's error. Everything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    owner: Gateway
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault, status = self.owner.choose(self.command)
        if fault == "reset_before":
            self._reset()
            return
        if fault == "page_before":
            self._give(status, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
            return
        answered, headers, content = self.owner.ask(self.command, self.path, self.headers, body)
        if fault == "reset_after":
            self._reset()
        elif fault == "page_after":
            self._give(status, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
        else:
            self._give(answered, headers, content)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 (the names that http.server asks for)

    def _give(self, status: int, headers: Any, content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Thousands of lines that nobody reads."""
