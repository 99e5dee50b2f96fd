"""The ASGI application. It serves streams itself and passes all other requests to Django.

The request of a stream passes the site's middleware and its view synchronously, as under WSGI, in
one of a few threads. The result is an error, or a stream that is served from the event loop: it
takes two tasks there, and a thread for some milliseconds whenever there is something to read.
"""

import asyncio
import gc
import signal
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from functools import partial
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, set_script_prefix

from payments_graphql.conf import conf
from payments_graphql.live_updates import Hub, Watch
from payments_graphql.logs import get_logger
from payments_graphql.models import StripePaymentIntent

from .body_limits import bound_body, refuse_body
from .stream_places import Places
from .stream_view import open_stream
from .streams import Server, StreamResponse
from .view import graphql_view

logger = get_logger("payments_graphql.streams")

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_THREADS = 4
"""More threads would not read faster: the interpreter runs one at a time."""
_NOT_SENT = frozenset(("content-encoding", "content-length", "connection"))


class StreamingApplication:
    """`application` is Django's, for all other requests.

    `max_body` limits the bodies of all views but ours, which have their own limits. Without it,
    Django and the views decide.
    """

    def __init__(
        self,
        application: Callable[[Scope, Receive, Send], Awaitable[None]],
        *,
        max_body: int | None = None,
    ) -> None:
        self._application = application
        self._max_body = max_body
        self._handler = StreamHandler()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            await self._application(scope, receive, send)
        else:
            view = _find_view(scope)
            if _is_for_streams(scope, view):
                await self._handler(scope, receive, send)
            else:
                await self._pass_on(view, scope, receive, send)

    async def _pass_on(self, view: object, scope: Scope, receive: Receive, send: Send) -> None:
        bounded = bound_body(view, scope["headers"], receive, self._max_body)
        if not bounded.is_refused:
            await self._application(scope, bounded, send)
        if bounded.is_refused:
            await refuse_body(send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """https://asgi.readthedocs.io/en/stable/specs/lifespan.html"""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                # Loaded modules stay forever. Without this, each garbage collection would scan
                # them and delay all streams by a fifth of a second.
                gc.collect()
                gc.freeze()
                _call_at_signal(self._handler.hub.close)
            else:
                await self._handler.shut_down()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


class StreamHandler(ASGIHandler):
    """Django's handler, but with synchronous middleware, and with the stream after the response."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self.hub = Hub(self._read_versions)
        self.places = Places()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="payments-streams")
        self._serving: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            response = await self._open(scope, body)
        if not isinstance(response, StreamResponse):
            await self.send_response(response, send)
            return
        with closing(response.stream):
            await self._serve(response, receive, send)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Reads one byte more than allowed, so that the view rejects the body."""
        most = conf.PAYMENTS_GRAPHQL_MAX_BODY
        body = BytesIO()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b"")[: most + 1 - body.tell()])
            if body.tell() > most or not message.get("more_body", False):
                body.seek(0)
                return body

    def resolve_request(self, request: HttpRequest) -> Any:
        """The address of the API also serves streams, if the client asks for one."""
        super().resolve_request(request)
        return open_stream, (), {}

    async def shut_down(self) -> None:
        """Ends all streams immediately."""
        self.hub.close()
        if self._serving:
            await asyncio.wait(self._serving, timeout=1)

    async def _open(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        server = Server(self.places, Watch(self.hub))
        opening = asyncio.ensure_future(self._in_thread(self._respond, scope, body, server))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_abandon)
            raise

    def _respond(self, scope: Scope, body: IO[bytes], server: Server) -> HttpResponseBase:
        """Runs in a thread, from the first middleware to the last."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request, refusal = self.create_request(scope, body)
        if request is None:
            assert refusal is not None
            return refusal
        request.stream_server = server  # type: ignore[attr-defined]  # read by the view for streams
        response = self.get_response(request)
        if server.stream is not None and not isinstance(response, StreamResponse):
            server.stream.close()  # middleware returned another response
        response.close()  # the request is finished and returns its connection
        return response

    async def _serve(self, response: StreamResponse, receive: Receive, send: Send) -> None:
        """Runs until the stream ends or the client leaves."""
        sending = asyncio.create_task(self._send_stream(response, send))
        leaving = asyncio.create_task(_wait_until_left(receive))
        self._serving.add(sending)
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._serving.discard(sending)
            sending.cancel()
            leaving.cancel()
            ended, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(ended, Exception):
            logger.error("stream_failed", exc_info=ended)

    async def _send_stream(self, response: StreamResponse, send: Send) -> None:
        headers = [
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in response.items()
            if name.lower() not in _NOT_SENT
        ]
        headers += [
            (b"set-cookie", cookie.OutputString().encode("ascii"))
            for cookie in response.cookies.values()
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with aclosing(response.stream.events(self.hub, self._in_thread)) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _read_versions(self, ids: Collection[UUID]) -> dict[UUID, int]:
        rows = StripePaymentIntent.objects.filter(pk__in=ids).values_list("pk", "version")
        versions: dict[UUID, int] = await self._in_thread(dict, rows)
        return versions

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        work = partial(_without_connection_after, function, *arguments)
        return asyncio.get_running_loop().run_in_executor(self._pool, work)


def _without_connection_after(function: Callable[..., Any], *arguments: Any) -> Any:
    """Closes old connections, as Django does around a request, so that a waiting stream holds
    none."""
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


def _find_view(scope: Scope) -> object:
    path = scope["path"].removeprefix(get_script_prefix(scope).rstrip("/"))
    try:
        return resolve(path).func
    except Resolver404:
        return None


def _is_for_streams(scope: Scope, view: object) -> bool:
    if scope["method"] not in ("GET", "POST"):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").lower()
    if b"text/event-stream" not in accepted:
        return False
    # Some clients, such as urql, accept an event stream for queries too, after JSON.
    return view is open_stream or (view is graphql_view and b"json" not in accepted)


def _call_at_signal(function: Callable[[], None]) -> None:
    """Ends streams at the stop signal. Servers such as granian send `lifespan.shutdown` only after
    the last request, and an open stream would last until it is killed. The server gets the signal
    as before: its handler is also called, and asyncio is woken by other means."""
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        return  # signals can only be handled in the main thread
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(function)
            if callable(before):
                before(number, frame)

        if callable(before):
            signal.signal(number, handle)
            signal.siginterrupt(number, False)


async def _wait_until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _abandon(opening: "asyncio.Future[HttpResponseBase]") -> None:
    """Closes a response for which nobody waits anymore."""
    if not opening.cancelled() and opening.exception() is None:  # codespell:ignore cancelled
        response = opening.result()
        if isinstance(response, StreamResponse):
            response.stream.close()
