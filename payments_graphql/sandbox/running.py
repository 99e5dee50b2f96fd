"""The parts of a running sandbox, and how they are connected."""

import os
import threading
import time
import weakref
from collections.abc import Iterable
from functools import partial

from payments_graphql.sandbox.actions.performing import Actions
from payments_graphql.sandbox.api import Api
from payments_graphql.sandbox.control import Control
from payments_graphql.sandbox.cross_origin import CrossOrigin
from payments_graphql.sandbox.delivery import Deliverer
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.host_check import HostCheck
from payments_graphql.sandbox.http_server import HttpServer
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.inside.parts import Parts
from payments_graphql.sandbox.jobs import Scheduler
from payments_graphql.sandbox.own_requests import OwnRequests
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.stripe_js.serving import StripeJs
from payments_graphql.sandbox.transaction import Transaction
from payments_graphql.sandbox.triggers import Triggers


class Running:
    """Serves `store` on `server` until it is stopped; `hosts` are additional host names."""

    def __init__(
        self,
        server: HttpServer,
        store: Store,
        faults: Faults,
        *,
        url: str,
        seed: int | None,
        hosts: Iterable[str],
    ) -> None:
        self.server = server
        self.store = store
        self.ids = IdentifierFactory(seed, store.count_made())
        self.deliverer = Deliverer(store, faults)
        new_transaction = partial(Transaction, store=store, ids=self.ids, base_url=url)
        self.scheduler = Scheduler(store, new_transaction, self.deliverer.wake)
        self._stopping = threading.Event()
        self.api = Api(store, self.ids, url, self.deliverer.wake, faults, self._pause)
        self.actions = Actions(
            OwnRequests(self.api), store, self.scheduler, new_transaction, self.deliverer.wake
        )
        self.triggers = Triggers(store, self.actions)
        parts = Parts(
            url=url,
            store=store,
            request_log=self.api.request_log,
            faults=faults,
            deliverer=self.deliverer,
            actions=self.actions,
            triggers=self.triggers,
            new_transaction=new_transaction,
            advance=self.advance,
            on_change=self.deliverer.wake,
        )
        server.serve(
            HostCheck(CrossOrigin(self.api), server.host, hosts),
            HostCheck(StripeJs(Control(parts)), server.host, hosts),
            store.now,
        )
        self.scheduler.start()
        self.deliverer.wake()
        _servers.add(server)  # see Note [Forked children]

    def _pause(self, seconds: float) -> None:
        if seconds:
            self._stopping.wait(seconds)

    def advance(self, seconds: float) -> None:
        self.store.advance(seconds)
        self.scheduler.run_due()
        self.scheduler.wake()
        self.deliverer.wake()

    def stop(self) -> None:
        self._stopping.set()
        self.server.stop_accepting()
        self.scheduler.stop()
        self.deliverer.stop()
        deadline = time.monotonic() + 0.5
        while self.server.requests_in_progress and time.monotonic() < deadline:
            threading.Event().wait(0.005)
        self.server.close()
        self.store.close()


# Note [Forked children]: a forked child must not keep the port open, because nobody would serve it
# after the parent stops. The child uses the sandbox over HTTP, like any other process.
_servers: weakref.WeakSet[HttpServer] = weakref.WeakSet()


def _close_listening_sockets() -> None:
    for server in list(_servers):
        server.close_listening_socket()


os.register_at_fork(after_in_child=_close_listening_sockets)
