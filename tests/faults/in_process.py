"""The sandbox without its server: the SDK's requests reach its API as calls, in the same thread.

tests/sandbox proves that it behaves the same over HTTP. Here thousands of lives are simulated, and
every one is reproducible: nothing happens in other threads, and ids are seeded.
"""

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from payments_graphql.sandbox.api import Api
from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.jobs import Scheduler
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import AnswerFate, HttpRequest
from payments_graphql.sandbox.resources import authentication, dispute_turns
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.transaction import Transaction
from payments_graphql.stripe_client import API_VERSION, calling

_addresses = itertools.count(1)


class InProcessSandbox:
    """All parts of the sandbox that have no thread of their own."""

    def __init__(self) -> None:
        # A new address each time, since our client keeps a connection per address.
        self.url = f"http://sandbox-{next(_addresses)}.invalid"
        self.faults = Faults(seed=1)
        self._store = _HeldStore(None)
        ids = IdentifierFactory(1, 0)
        self._new_transaction = partial(Transaction, store=self._store, ids=ids, base_url=self.url)
        self._scheduler = Scheduler(self._store, self._new_transaction, lambda: None)
        self._api = Api(self._store, ids, self.url, lambda: None, self.faults, lambda seconds: None)

    @contextmanager
    def in_place_of_http(self) -> Iterator[None]:
        """Every SDK client created inside the block uses this sandbox."""
        with mock.patch.object(calling, "_BoundedClient", partial(_Client, self)):
            yield

    def new_client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            "sk_test_dashboard",
            stripe_version=API_VERSION,
            http_client=_Client(self),
            base_addresses={"api": self.url},
        )

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: str | bytes | None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        parts = urlsplit(url)
        message = Message()
        for name, value in headers.items():
            message[name] = value
        sent = body.encode() if isinstance(body, str) else body or b""
        answer = self._api.answer(
            HttpRequest(method.upper(), parts.path, parts.query, message, sent)
        )
        if answer.fate is not AnswerFate.WHOLE:
            raise stripe.APIConnectionError("The connection was reset.")
        date = formatdate(self._store.now(), usegmt=True)
        return answer.body, answer.status, CaseInsensitiveDict({"Date": date, **answer.headers})

    def list_objects(self, kind: str) -> list[JsonObject]:
        """Oldest first. Read directly from the store, since it is called very often."""
        return self._store.list_kind(kind)

    def advance(self, seconds: float) -> None:
        self._store.advance(seconds)
        self._scheduler.run_due()

    def authenticate(self, intent_id: str, *, has_succeeded: bool) -> None:
        """What the customer does on the bank's page."""
        intent = authentication.find_intent(self._store, intent_id)
        assert intent is not None
        with self._store.transaction():
            try:
                authentication.authenticate(
                    self._new_transaction(), intent, has_succeeded=has_succeeded
                )
            except ApiError as error:
                if not error.keeps_effects:
                    raise

    def turn_dispute(self, dispute_id: str, action: str) -> None:
        """What the bank does. It does nothing that the dispute's status does not allow."""
        with self._store.transaction(), suppress(ApiError):
            tx = self._new_transaction()
            dispute = tx.find("dispute", dispute_id, param="dispute", in_path=True)
            dispute_turns.turn(tx, dispute, action)

    def close(self) -> None:
        self._store.close()


class _HeldStore(Store):
    """Its time stands still until `advance` moves it, so that many changes share a second."""

    def __init__(self, path: Path | None) -> None:
        self._started = float(int(time.time()))
        super().__init__(path)

    def now(self) -> float:
        return self._started + self._ahead


class _Client(stripe.HTTPClient):
    name = "in process"

    def __init__(self, sandbox: InProcessSandbox, **_: Any) -> None:
        super().__init__()
        self._sandbox = sandbox

    def request(self, method, url, headers, post_data=None, **_):
        return self._sandbox.answer(method, url, headers or {}, post_data)

    def close(self) -> None:
        """Nothing is open."""
