"""What was asked of the API, kept in memory so that tests can count effects."""

import threading
from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase

from payments_graphql.sandbox.json_object import JsonObject

_KEPT = 5_000
# Parameters that nobody needs to read again, wherever they are.
_SECRETS = frozenset({"client_secret", "number", "cvc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request to `/v1`; `is_replay` marks an answer repeated for its idempotency key.

    `status` is 0 for a request that a `fault` kept from being answered before it had an effect.
    `created` is on the sandbox's clock, `duration` in real seconds.
    """

    method: str
    path: str
    parameters: JsonObject
    idempotency_key: str | None
    status: int
    request_id: str
    is_replay: bool
    created: float
    duration: float
    fault: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", mask_secrets(self.parameters))


class RequestLog:
    """The latest requests, oldest first; those of a long run are forgotten in time."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, request: RecordedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def matching(self, method: str | None = None, path: str | None = None) -> list[RecordedRequest]:
        """Return the requests with this method and path; `*` in the path stands for anything."""
        with self._lock:
            recorded = list(self._requests)
        return [
            request
            for request in recorded
            if (method is None or request.method == method.upper())
            and (path is None or fnmatchcase(request.path, path))
        ]


def mask_secrets(parameters: JsonObject) -> JsonObject:
    """Card numbers and client secrets are kept nowhere but in their objects."""
    masked: JsonObject = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            masked[name] = mask_secrets(value)
        else:
            masked[name] = "****" if name in _SECRETS else value
    return masked
