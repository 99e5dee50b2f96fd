"""A client of the streams, like graphql-sse: it posts, and reads events as they arrive."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson
import requests

PATIENCE = 20
"""Seconds without a single byte, or with only heartbeats, which come every second here."""

SUBSCRIPTION = """
    subscription($id: ID!, $scope: Scope! = OWN) {
      paymentIntentUpdated(id: $id, scope: $scope) {
        id version status amount amountReceived lastError { code }
      }
    }
"""


@dataclass(frozen=True)
class Event:
    """`name` is "next", "complete", "heart-beat" or, when the connection ended, "end"."""

    name: str
    data: Any = None

    @property
    def payment(self) -> Any:
        assert self.name == "next", self
        assert "errors" not in self.data, self
        return self.data["data"]["paymentIntentUpdated"]

    @property
    def error_code(self) -> str:
        assert self.name == "next", self
        (error,) = self.data["errors"]
        return str(error["extensions"]["code"])


class EventStream:
    """Ends with the `with` block."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self._lines = self._read_lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()

    def _read_lines(self) -> Iterator[bytes]:
        """As they arrive. Those of `iter_lines` come late, or twice if a chunk ends in between."""
        left = b""
        for chunk in self.response.iter_content(chunk_size=None):
            *lines, left = (left + chunk).split(b"\r\n")
            yield from lines

    def read(self) -> Event:
        """The next event, including heartbeats."""
        name, data = "", None
        for line in self._lines:
            field, _, value = line.decode().partition(":")
            if line.startswith(b":"):
                name = "heart-beat"
            elif field == "event":
                name = value.strip()
            elif field == "data" and value.strip():
                data = orjson.loads(value)
            elif not line and name:
                return Event(name, data)
        return Event("end")

    def next(self) -> Event:
        """The next event that is not a heartbeat."""
        deadline = time.monotonic() + PATIENCE
        for event in self.all():
            if event.name != "heart-beat":
                return event
            assert time.monotonic() < deadline, "nothing but heart-beats"
        raise AssertionError("it has ended")

    def all(self) -> Iterator[Event]:
        while True:
            event = self.read()
            yield event
            if event.name == "end":
                return


def post(
    url: str,
    query: str = SUBSCRIPTION,
    variables: Mapping[str, Any] | None = None,
    *,
    path: str = "/graphql/",
    **headers: str,
) -> requests.Response:
    """`Accept_Language` becomes `Accept-Language`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(
        url + path,
        json={"query": query, "variables": dict(variables or {})},
        headers={"Accept": "text/event-stream", **named},
        stream=True,
        timeout=PATIENCE,
    )
