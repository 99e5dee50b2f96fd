"""A small reverse proxy that can be configured well or badly."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 20


@contextmanager
def serve_proxy(
    port: int, *, buffers: bool = True, drops_underscores: bool = True
) -> Iterator[ThreadingHTTPServer]:
    """Listens on its own port in front of the given one. `requests` has the paths that it saw."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            server.requests.append(self.path)
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length) if buffers else b""
            site = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            site.putrequest("POST", self.path, skip_host=True)
            for name, value in self._get_headers():
                site.putheader(name, value)
            site.endheaders(body)
            for _ in range(length - len(body)):
                site.send(self.rfile.read(1))
            response = site.getresponse()
            answer = response.read()
            site.close()
            self.send_response(response.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _get_headers(self) -> Iterator[tuple[str, str]]:
            client = self.client_address[0]
            before = self.headers["X-Forwarded-For"]
            yield "X-Forwarded-For", f"{before}, {client}" if before else client
            for name, value in self.headers.items():
                if name != "X-Forwarded-For" and not (drops_underscores and "_" in name):
                    yield name, value

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_endless_answer() -> Iterator[int]:
    """A port where each answer has a header whose value never ends."""
    is_over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with suppress(OSError):
            end, _ = listener.accept()
            with end:
                end.sendall(b"HTTP/1.1 200 OK\r\nEndless: ")
                while not is_over.wait(0.02):
                    end.sendall(b"x")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        is_over.set()
        thread.join()
        listener.close()
