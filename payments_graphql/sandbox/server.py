"""The sandbox as a whole: starting, stopping, the clock and where webhooks go."""

import os
import threading
import time
import weakref
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from payments_graphql.sandbox.api import Api
from payments_graphql.sandbox.control import Control
from payments_graphql.sandbox.cross_origin import CrossOrigin
from payments_graphql.sandbox.delivery import Deliverer
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.http_server import HttpServer
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.jobs import Scheduler
from payments_graphql.sandbox.listeners import add_listener
from payments_graphql.sandbox.request_log import RecordedRequest
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.stripe_js.serving import StripeJs
from payments_graphql.sandbox.transaction import Transaction


class SandboxError(Exception):
    """The sandbox can't do what was asked; the message says why in one line."""


class Sandbox:
    """A local Stripe, served from a daemon thread.

    `port=0` takes a free port. Without `state` everything is forgotten at `stop`; with it, a
    file keeps all that was answered, also after kill -9. With a `seed` the ids are the same in
    every run. Usable as a context manager, and startable again on the same port after `stop`.

    `faults` makes it misbehave: `with sandbox.faults.add("error_500", path="/v1/refunds"):`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        state: str | Path | None = None,
        seed: int | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._state = Path(state) if state is not None else None
        self._seed = seed
        self.faults = Faults(seed)
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address for `StripeClient(key, base_addresses={"api": url})`."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{shown}:{self.port}"

    def start(self) -> Self:
        """Serve from now on; raises OSError when the port is taken."""
        if self._running is None:
            server = HttpServer(self.host, self.port)
            self.port = server.port
            try:
                store = Store(self._state)
            except BaseException:
                server.close()
                raise
            self._running = _Running(server, store, self._seed, self.url, self.faults)
        return self

    def stop(self) -> None:
        """Stop within a second; open connections are cut."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward; what becomes due is done before this returns.

        Refunds settle, authorisations expire, idempotency keys age, and webhooks that were to be
        retried are sent again (in the background, as always).
        """
        self._started().advance(seconds)

    def forward_to(self, url: str, secret: str, *, replace: bool = False) -> None:
        """Send every event to `url`, signed with `secret`, like `stripe listen --forward-to`.

        Idempotent for the same address. With `replace` the addresses of earlier calls are
        dropped and what they hadn't taken goes to this one.
        """
        running = self._started()
        add_listener(running.store, running.ids, url, secret, replace=replace)
        running.deliverer.wake()

    def requests(self, method: str | None = None, path: str | None = None) -> list[RecordedRequest]:
        """Return the API requests so far, oldest first; `*` in `path` stands for anything."""
        return self._started().api.request_log.matching(method, path)

    def _started(self) -> "_Running":
        if self._running is None:
            raise SandboxError("The sandbox is not running: call start() first.")
        return self._running


class _Running:
    """The parts of a sandbox that is up."""

    def __init__(
        self, server: HttpServer, store: Store, seed: int | None, url: str, faults: Faults
    ) -> None:
        self.server = server
        self.store = store
        self.ids = IdentifierFactory(seed, store.count_objects())
        self.deliverer = Deliverer(store, faults)
        new_transaction = partial(Transaction, store=store, ids=self.ids, base_url=url)
        self.scheduler = Scheduler(store, new_transaction, self.deliverer.wake)
        self.stopping = threading.Event()
        self.api = Api(store, self.ids, url, self._on_change, faults, self._pause)
        self.control = Control(
            store, new_transaction, self.api.request_log, self.advance, self._on_change
        )
        server.serve(CrossOrigin(self.api), StripeJs(self.control), store.now)
        self.scheduler.start()
        self.deliverer.wake()
        _servers.add(server)  # see Note [Forked children]

    def _pause(self, seconds: float) -> None:
        if seconds:
            self.stopping.wait(seconds)

    def _on_change(self) -> None:
        self.scheduler.wake()
        self.deliverer.wake()

    def advance(self, seconds: float) -> None:
        self.store.advance(seconds)
        self.scheduler.run_due()
        self._on_change()

    def stop(self) -> None:
        self.stopping.set()
        self.server.stop_accepting()
        self.scheduler.stop()
        self.deliverer.stop()
        deadline = time.monotonic() + 0.5
        while self.server.requests_under_way and time.monotonic() < deadline:
            threading.Event().wait(0.005)
        self.server.close()
        self.store.close()


# Note [Forked children]: a forked child must not keep the port open, since nobody would serve it
# once the parent stops; it talks to the sandbox over HTTP like any other process.
_servers: weakref.WeakSet[HttpServer] = weakref.WeakSet()


def _close_listening_sockets() -> None:
    for server in list(_servers):
        server.close_listening_socket()


os.register_at_fork(after_in_child=_close_listening_sockets)
