"""What was asked of the API, kept in memory so that tests can count effects."""

import threading
from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase

from payments_graphql.sandbox.json_object import JsonObject

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request to `/v1`; `is_replay` marks an answer repeated for its idempotency key."""

    method: str
    path: str
    parameters: JsonObject
    idempotency_key: str | None
    status: int
    request_id: str
    is_replay: bool


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
