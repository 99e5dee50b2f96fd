"""The sandbox as a whole: starting, stopping, the clock and where webhooks go."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.http_server import HttpServer
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.listeners import add_listener
from payments_graphql.sandbox.request_log import RecordedRequest
from payments_graphql.sandbox.routes import find_route
from payments_graphql.sandbox.running import Running
from payments_graphql.sandbox.signed_events import SignedEvent, sign_events
from payments_graphql.sandbox.store import Store


class SandboxError(Exception):
    """The sandbox isn't running; the message says what to do."""


class Sandbox:
    """A local Stripe, served from a daemon thread.

    `port=0` takes a free port. Without `state` everything is deleted at `stop`. With it, a file
    keeps everything that was answered, even after kill -9. With a `seed` the ids are the same in
    every run. The sandbox answers to this machine's names and to `allowed_hosts`. It can be used as
    a context manager, and started again on the same port after `stop`.

    `faults` makes it misbehave: `with sandbox.faults.add("error_500", path="/v1/refunds"):`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        state: str | Path | None = None,
        seed: int | None = None,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self.host = host
        self.port = port
        self.faults = Faults(seed)
        self._state = Path(state) if state is not None else None
        self._seed = seed
        self._allowed_hosts = tuple(allowed_hosts)
        self._running: Running | None = None

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
        """Start serving; raises OSError if the port is in use."""
        if self._running is None:
            server = HttpServer(self.host, self.port)
            self.port = server.port
            try:
                store = Store(self._state)
            except BaseException:
                server.close()
                raise
            self._running = Running(
                server,
                store,
                self.faults,
                url=self.url,
                seed=self._seed,
                hosts=self._allowed_hosts,
            )
        return self

    def stop(self) -> None:
        """Stop within a second, and close open connections."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward, and run the jobs that become due before returning.

        Refunds succeed or fail, authorizations expire, disputes end, effects are rolled forward and
        idempotency keys expire. Delayed and failed webhooks are sent, in the background as always.
        The signatures of webhooks still have the real time.
        """
        self._started().advance(seconds)

    def forward_to(self, url: str, secret: str, *, replace: bool = False) -> None:
        """Send every event to `url`, signed with `secret`, like `stripe listen --forward-to`.

        Idempotent for the same address. With `replace`, the addresses of earlier calls are removed,
        and this one receives their pending deliveries.
        """
        running = self._started()
        add_listener(running.store, running.ids, url, secret, replace=replace)
        running.deliverer.wake()

    def trigger(self, event_type: str, payment_intent: str | None = None) -> list[JsonObject]:
        """Do what causes an event, like `stripe trigger`; return the new events.

        With `payment_intent` it happens to that payment instead of a new one.
        """
        return self._started().triggers.perform(event_type, payment_intent)

    def act(self, object_id: str, action: str, **values: object) -> JsonObject:
        """Do an action of the object's page, and return the object as it is afterwards.

        For example `act("re_...", "fail")`, `act("pi_...", "dispute", reason="duplicate")` or
        `act("du_...", "reopen")`. Raises `ApiError` if the object's status doesn't allow it.
        """
        return without_private_fields(self._started().actions.perform(object_id, action, values))

    def sign_events(self, secret: str, *, after: int = 0) -> list[SignedEvent]:
        """Return all events except the first `after`, as webhooks signed with `secret`."""
        return list(sign_events(self._started().store, self.faults, secret, after=after))

    def count_events(self) -> int:
        """Return the number of events so far."""
        return len(self._started().store.list_kind("event"))

    def has_route(self, method: str, path: str) -> bool:
        """Return whether the API has this call; `*` in `path` stands for an id."""
        return find_route(method, path) is not None

    def requests(self, method: str | None = None, path: str | None = None) -> list[RecordedRequest]:
        """Return the API requests so far, oldest first; `*` in `path` matches anything."""
        return self._started().api.request_log.matching(method, path)

    def _started(self) -> Running:
        if self._running is None:
            raise SandboxError("The sandbox is not running: call start() first.")
        return self._running
