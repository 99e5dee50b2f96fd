"""Sends requests to the site's public address. See Note [The probe is for the doctor alone]."""

import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import sleep
from typing import Any
from urllib.parse import SplitResult

import orjson

from ..proxy_probe import HEADER, MAXIMUM_BODY, sign_probe

PAUSE = 2.0
"""Seconds between the two halves of a slow body."""

WITHIN = 15.0
"""Seconds for one request, from the DNS lookup to the end of the answer."""

_HALF = b"x" * (MAXIMUM_BODY // 4)
_LONGEST_ANSWER = 65_536


class NotAnsweredError(Exception):
    """The message says why, for people."""


@dataclass(frozen=True)
class Answer:
    """What the site saw. See `proxy_probe.probe`."""

    seconds: float
    address: str | None
    forwarded_for: str


def send_forged(url: SplitResult, headers: Sequence[tuple[str, str]]) -> Answer:
    """Sends these headers in this order. Raises `NotAnsweredError`."""
    return _within(lambda: _send(url, headers, pause=0))


def send_slowly(url: SplitResult) -> Answer:
    """Sends half of the body after a pause. Raises `NotAnsweredError`."""
    return _within(lambda: _send(url, (), pause=PAUSE))


def _within(send: Callable[[], Answer]) -> Answer:
    """Limits the total time: a socket's time-out limits each wait, but not their number, nor the
    DNS lookup."""
    outcome: list[Answer | Exception] = []

    def run() -> None:
        try:
            outcome.append(send())
        except Exception as error:  # raised again below
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WITHIN)
    result = outcome[0] if outcome else TimeoutError()
    match result:
        case Answer():
            return result
        case TimeoutError():
            raise NotAnsweredError(f"it did not answer within {WITHIN:.0f} s")
        case ssl.SSLCertVerificationError():
            raise NotAnsweredError(f"its certificate is not valid: {result.verify_message}")
        case OSError() | HTTPException() | UnicodeError():  # UnicodeError: an invalid host name
            raise NotAnsweredError("it cannot be reached from here")
    raise result


def _send(url: SplitResult, headers: Sequence[tuple[str, str]], *, pause: float) -> Answer:
    connection = _connect(url)
    try:
        connection.putrequest("POST", url.path, skip_accept_encoding=True)
        # Ours come last: granian moves the last header into the place of one that it removes.
        own = [(HEADER, sign_probe()), ("Connection", "close")]
        for name, value in [*headers, *own, ("Content-Length", str(2 * len(_HALF)))]:
            connection.putheader(name, value)
        connection.endheaders(_HALF)
        sleep(pause)
        with suppress(ConnectionError):  # the server may have answered and closed the connection
            connection.send(_HALF)
        response = connection.getresponse()
        return _read(response.status, response.read(_LONGEST_ANSWER))
    finally:
        connection.close()


def _connect(url: SplitResult) -> HTTPConnection:
    if url.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(url.hostname or "", url.port, timeout=WITHIN, context=context)
    return HTTPConnection(url.hostname or "", url.port, timeout=WITHIN)


def _read(status: int, body: bytes) -> Answer:
    if status == 404:
        raise NotAnsweredError(
            "it answers 404: it is another site, it has another SECRET_KEY or clock, or the proxy "
            "does not forward this path"
        )
    if 300 <= status < 400:
        raise NotAnsweredError(
            f"it answers {status}, a redirect: check that the URL begins with https and that "
            "SECURE_PROXY_SSL_HEADER is right"
        )
    if status != 200:
        raise NotAnsweredError(f"it answers {status}")
    try:
        answer: Mapping[str, Any] = orjson.loads(body)
        if int(answer["received"]) != 2 * len(_HALF):
            raise NotAnsweredError("the body of a request arrives incomplete")
        address = answer["address"]
        return Answer(
            seconds=float(answer["seconds"]),
            address=None if address is None else str(address),
            forwarded_for=str(answer["forwarded_for"]),
        )
    except (ValueError, TypeError, KeyError):
        raise NotAnsweredError("something else answers there") from None
