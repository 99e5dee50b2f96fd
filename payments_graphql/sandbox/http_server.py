"""HTTP/1.1 with the standard library's threading server: a thread per connection."""

import contextlib
import os
import re
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from payments_graphql.sandbox.errors import UnsavedError
from payments_graphql.sandbox.messages import UPLOADS, AnswerFate, HttpAnswer, HttpRequest

# Bytes of a request body; no operation here needs more than a few kB.
_LARGEST_BODY = 1024 * 1024
# The largest file is 16 MB.
_LARGEST_UPLOAD = 17 * 1024 * 1024
_NOT_FOR_HEADERS = re.compile(r"[^\x20-\x7e]")


class Responder(Protocol):
    """Answers requests: the API or the sandbox's own pages."""

    def answer(self, request: HttpRequest) -> HttpAnswer: ...


class HttpServer:
    """Listens and passes requests to the API or the sandbox's own pages. Can be stopped at once."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self._server = _Server((host, port), _Handler)
        self._thread: threading.Thread | None = None
        self._ending, self._told_to_end = socket.socketpair()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def requests_in_progress(self) -> int:
        return self._server.in_progress

    def serve(self, api: Responder, control: Responder, now: Callable[[], float]) -> None:
        self._server.api = api
        self._server.control = control
        self._server.now = now
        self._thread = threading.Thread(target=self._accept, name="sandbox-http", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        """Accept connections. `serve_forever` would check for the end many times a second."""
        # A client that has already left must not block.
        self._server.socket.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._told_to_end, selectors.EVENT_READ)
            while not self._server.is_stopping:
                selector.select()
                self._server.accept()

    def stop_accepting(self) -> None:
        self._server.is_stopping = True
        self._ending.send(b"!")
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Release the port and close the connections that clients keep open."""
        self._server.server_close()
        self._server.cut_connections()
        self._ending.close()
        self._told_to_end.close()

    def close_listening_socket(self) -> None:
        self._server.socket.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    api: Responder
    control: Responder
    now: Callable[[], float]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.is_stopping = False
        self.in_progress = 0
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without the base class's lookup of the host name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def accept(self) -> None:
        """Answer one waiting connection, if it is still there, in a new thread."""
        try:
            request, address = self.get_request()
        except (BlockingIOError, ConnectionError):
            return
        except OSError:  # too many open files: wait, as the client does
            time.sleep(0.05)
            return
        request.setblocking(True)  # on some systems it inherits the listening socket's mode
        try:
            self.process_request(request, address)
        except Exception:  # such as no free thread
            self.handle_error(request, address)
            self.shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that leave. Other errors are answered where they happen."""

    def connection_opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def connection_closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def count_request(self, change: int) -> None:
        with self._lock:
            self.in_progress += change

    def cut_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection. It reads the bodies, and the API parses them."""

    protocol_version = "HTTP/1.1"
    # Small answers are sent at once, without waiting for the client's acknowledgment.
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connection_opened(self.connection)

    def finish(self) -> None:
        self.server.connection_closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def _answer(self) -> None:
        self.server.count_request(1)
        try:
            answer = self._answer_of()
            if answer.fate in {AnswerFate.WHOLE, AnswerFate.TRUNCATED}:
                self._write(answer)
        finally:
            self.server.count_request(-1)
        if answer.fate is AnswerFate.HANG:
            self._hang()
        elif answer.fate is AnswerFate.RESET:
            self._reset()

    def _hang(self) -> None:
        """Send nothing until the client leaves or the sandbox stops."""
        self.close_connection = True
        while self.connection.recv(4096):
            pass

    def _reset(self) -> None:
        """Close the connection so that the client gets "connection reset by peer"."""
        self.close_connection = True
        self.server.connection_closed(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # By its number, because the socket object stays open as long as its files do.
        os.close(self.connection.detach())

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = do_HEAD = _answer  # noqa: N815 (the base class has these names)

    def _answer_of(self) -> HttpAnswer:
        try:
            body = self._read_body()
        except UnsavedError as error:
            # The rest of the body can't be distinguished from the next request.
            self.close_connection = True
            return HttpAnswer.json(error.status, error.body("req_unread", int(self.server.now())))
        path, _, query = self.path.partition("?")
        request = HttpRequest(self.command, path, query, self.headers, body)
        is_api = path == "/v1" or path.startswith("/v1/")
        responder = self.server.api if is_api else self.server.control
        return responder.answer(request)

    def _read_body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise UnsavedError("Invalid request: send the body with a Content-Length.", status=411)
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdecimal()):
            raise UnsavedError("Invalid request: the Content-Length is not a number.")
        is_upload = self.path.partition("?")[0] == UPLOADS
        largest = _LARGEST_UPLOAD if is_upload else _LARGEST_BODY
        if len(length) > 9 or int(length) > largest:
            raise UnsavedError("Invalid request: the body is too large.", status=413)
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise UnsavedError("Invalid request: the body ended early.")
        return body

    def _write(self, answer: HttpAnswer) -> None:
        """Write the whole answer at once, or half of it if a fault asks for that."""
        is_truncated = answer.fate is AnswerFate.TRUNCATED
        if self.server.is_stopping or is_truncated:
            self.close_connection = True
        phrase = self.responses[answer.status][0] if answer.status in self.responses else ""
        headers = {
            "Server": "payments-sandbox",
            # On the sandbox's clock, like the times in objects.
            "Date": formatdate(self.server.now(), usegmt=True),
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Connection": "close" if self.close_connection else "keep-alive",
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {phrase}"]
        lines += [f"{name}: {_NOT_FOR_HEADERS.sub('', value)}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        body = answer.body[: len(answer.body) // 2] if is_truncated else answer.body
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests that the standard library refuses, in Stripe's format."""
        del explain
        self.close_connection = True
        status = 405 if code == 501 else code if code < 500 else 400
        error = UnsavedError(f"Invalid request: {message or 'malformed'}", status=status)
        self.command = getattr(self, "command", None) or "GET"
        self._write(HttpAnswer.json(status, error.body("req_unread", int(self.server.now()))))

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the request log has the requests."""
