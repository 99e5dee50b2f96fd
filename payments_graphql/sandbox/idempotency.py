"""Idempotency keys: https://docs.stripe.com/api/idempotent_requests."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from payments_graphql.sandbox.errors import InvalidParameterError, UnsavedError
from payments_graphql.sandbox.form import FormValue
from payments_graphql.sandbox.store import Store

# Seconds during which an answer is repeated. Afterwards the key counts as new.
LIFETIME = 24 * 60 * 60
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """The first answer for a key."""

    status: int
    body: str
    request_id: str


class IdempotencyKeys:
    """The keys of requests in progress, and the answers of finished requests.

    The answer is stored in the same transaction as the effect: after kill -9 there are both or
    neither.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def in_use(self, key: str) -> Iterator[None]:
        """Hold a key. A second request with it is refused with 409."""
        if len(key) > _LONGEST:
            raise InvalidParameterError(
                f"Idempotency keys can have up to {_LONGEST} characters.",
                kind="idempotency_error",
            )
        with self._lock:
            if key in self._running:
                raise key_in_use(key)
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def saved_answer(
        self, key: str, endpoint: str, form: dict[str, FormValue]
    ) -> SavedAnswer | None:
        """Return the answer to repeat, if there is one. Refuse a key of a different request."""
        saved = self._store.first("SELECT * FROM idempotency_keys WHERE key = ?", key)
        if saved is None:
            return None
        if self._store.now() - saved["created"] > LIFETIME:
            self._store.execute("DELETE FROM idempotency_keys WHERE key = ?", key)
            return None
        if saved["endpoint"] != endpoint:
            raise _reused(
                f"the same endpoint they were first used for ('{saved['endpoint']}' vs "
                f"'{endpoint}')",
                key,
            )
        if saved["fingerprint"] != _fingerprint(form):
            raise _reused("the same parameters they were first used with", key)
        return SavedAnswer(saved["status"], saved["body"], saved["request_id"])

    def save(
        self, key: str, endpoint: str, form: dict[str, FormValue], answer: SavedAnswer
    ) -> None:
        """Save an answer; call this inside the transaction of its effect."""
        self._store.execute(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?)",
            key,
            self._store.now(),
            endpoint,
            _fingerprint(form),
            answer.request_id,
            answer.status,
            answer.body,
        )


def key_in_use(key: str) -> UnsavedError:
    return UnsavedError(
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def _reused(condition: str, key: str) -> UnsavedError:
    return UnsavedError(
        f"Keys for idempotent requests can only be used for {condition}. Try using a key other "
        f"than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def _fingerprint(form: dict[str, FormValue]) -> str:
    """Return a hash of the parameters that doesn't depend on their order."""
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
