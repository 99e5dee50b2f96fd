"""The latest API requests and their answers, in memory, for the pages and for tests that count."""

import re
import threading
from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase

from payments_graphql.sandbox.json_object import JsonObject

_KEPT = 5_000
_ANSWERS_KEPT = 500
# Bytes of an answer. Few are longer: lists with many objects.
_LONGEST_ANSWER = 32_000
# Parameters that are masked at any depth.
_SECRETS = frozenset({"client_secret", "number", "cvc"})
# Masked in answers: client secrets, also in errors, and webhook secrets.
_SECRET_VALUES = re.compile(r"(_secret_|whsec_)\w+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request to `/v1`; `is_replay` marks an answer repeated for its idempotency key.

    `status` is 0 if a `fault` prevented an answer before the request had an effect. `created` is
    on the sandbox's clock, `duration` in real seconds.
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
    """The latest requests, oldest first. Older ones are dropped, and their answers before them."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT)
        self._answers: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, request: RecordedRequest, answer: str) -> None:
        shown = answer[:_LONGEST_ANSWER]
        with self._lock:
            self._requests.append(request)
            self._answers[request.request_id] = shown
            if len(self._answers) > _ANSWERS_KEPT:
                del self._answers[next(iter(self._answers))]

    def matching(self, method: str | None = None, path: str | None = None) -> list[RecordedRequest]:
        """Return the requests with this method and path; `*` in the path matches anything."""
        with self._lock:
            recorded = list(self._requests)
        return [
            request
            for request in recorded
            if (method is None or request.method == method.upper())
            and (path is None or fnmatchcase(request.path, path))
        ]

    def find(self, request_id: str) -> tuple[RecordedRequest, str | None] | None:
        """Return a request and its answer, without secrets. The answers of older requests are gone.

        A long answer ends early, so it may not be valid JSON.
        """
        with self._lock:
            answer = self._answers.get(request_id)
            found = next((one for one in self._requests if one.request_id == request_id), None)
        if found is None:
            return None
        return found, None if answer is None else _SECRET_VALUES.sub(r"\1****", answer)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self._answers.clear()


def mask_secrets(parameters: JsonObject) -> JsonObject:
    """Replace card numbers and client secrets, which are stored nowhere but in their objects."""
    masked: JsonObject = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            masked[name] = mask_secrets(value)
        else:
            masked[name] = "****" if name in _SECRETS else value
    return masked
