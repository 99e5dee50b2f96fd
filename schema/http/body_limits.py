"""Limits the body of a request under ASGI, which is read before Django knows its view.

Django's handler reads everything, into memory and then into a file. Our own views reject a body
above their limit, so they get one byte too many and nothing after it. Another view would accept a
truncated body as complete, so the error is sent here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from payments_graphql.conf import conf
from payments_graphql.webhooks.view import MAXIMUM_BODY, stripe_webhook

from .stream_view import open_stream
from .view import graphql_view

type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BoundedBody:
    """An ASGI `receive` that ends at `most` bytes."""

    def __init__(self, receive: Receive, most: int | None, *, view_refuses: bool) -> None:
        self._receive = receive
        self._most = most
        self._view_refuses = view_refuses
        self._read = 0
        self.is_refused = False

    async def __call__(self) -> Mapping[str, Any]:
        if self._most is not None and self._read > self._most:
            await asyncio.Event().wait()  # until the response is sent: reads nothing more
        message = await self._receive()
        body = message.get("body", b"")
        self._read += len(body)
        if self._most is None or self._read <= self._most:
            return message
        if not self._view_refuses:
            self.is_refused = True
            return {"type": "http.disconnect"}  # Django stops without a response
        first_too_many = len(body) - (self._read - self._most - 1)
        return {"type": "http.request", "body": body[:first_too_many], "more_body": False}


def bound_body(
    view: object, headers: list[tuple[bytes, bytes]], receive: Receive, most: int | None
) -> BoundedBody:
    """`most` is for other views than ours. None means no limit."""
    own = {
        stripe_webhook: MAXIMUM_BODY,
        graphql_view: conf.PAYMENTS_GRAPHQL_MAX_BODY,
        open_stream: conf.PAYMENTS_GRAPHQL_MAX_BODY,
    }.get(view)  # type: ignore[call-overload]  # None is not a key
    bounded = BoundedBody(receive, most if own is None else own, view_refuses=own is not None)
    if own is None and most is not None:
        announced = dict(headers).get(b"content-length", b"0")
        bounded.is_refused = announced.isdigit() and int(announced[:19]) > most
    return bounded


async def refuse_body(send: Send) -> None:
    text = b"The body is too large."
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
