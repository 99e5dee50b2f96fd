"""Sandboxes for the tests, which use them over HTTP with Stripe's SDK."""

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox.waiting import wait_until


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that neither move the clock nor count objects."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """An empty one for a single test, which may move its clock."""
    with Sandbox(seed=7) as running:
        yield running


def connect(sandbox: Sandbox, key: str = "sk_test_alice") -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url, "files": sandbox.url})


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return connect(sandbox)


@pytest.fixture
def own_client(own_sandbox: Sandbox) -> stripe.StripeClient:
    return connect(own_sandbox)


@pytest.fixture
def key() -> str:
    """An idempotency key that no other test uses."""
    return secrets.token_hex(8)


@pytest.fixture
def alice(client: stripe.StripeClient) -> stripe.Customer:
    return client.v1.customers.create({"email": "alice@example.com", "name": "Alice"})


@dataclass
class Receiver:
    """A webhook endpoint that stores what it receives, and answers with `statuses`."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)
    hold: threading.Event | None = None

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.received]

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.received) >= count)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if state.hold is not None:
                state.hold.wait(10)
            status = state.statuses.pop(0) if state.statuses else 200
            state.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook?x=1"
    yield state
    if state.hold is not None:
        state.hold.set()
    server.shutdown()
    server.server_close()
