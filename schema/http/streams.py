"""GraphQL over server-sent events: distinct connections mode, for subscriptions only.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md

Note [A subscription is read like a query]
Strawberry runs the resolvers of a subscription on the event loop, and would use a thread with its
own database connection for each field that reads a row. Its extensions see a stream as a whole and
not its results. So a stream here executes its document again for each change, with `execute_sync`,
in one of a few threads, and keeps no thread or connection in between. Each result passes the same
limits, caches and masking of errors as a query, and permissions are checked again. Strawberry's
`SSETransport` writes the events.
"""

import random
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation
from graphql import GraphQLError
from strawberry.http import process_result
from strawberry.http.streaming import SSETransport
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from payments_graphql.conf import conf
from payments_graphql.correlation import bound, get_correlation_id
from payments_graphql.live_updates import Hub, Watch

from ..engine.context import Context, UnauthenticatedError
from ..engine.public_errors import mask
from ..schema import get_schema
from .requests import GraphQLRequest
from .signed_in import SignIn
from .stream_places import Places

type InThread = Callable[..., Awaitable[Any]]

_SSE = SSETransport()
_HEARTBEAT = _SSE.encode_comment("ping").encode()
_HEADERS = {
    **_SSE.headers,
    "Cache-Control": "no-store, no-transform",
    "Referrer-Policy": "no-referrer",
    # Keeps middleware from compressing the stream. It is not sent.
    "Content-Encoding": "identity",
}


class SignedOutError(Exception):
    """The user of the stream is no longer signed in."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One result. `version` is the payment's, or None if there is nothing to follow."""

    payload: bytes
    version: int | None
    is_last: bool

    def is_news_after(self, earlier: "Reading") -> bool:
        """Whether the result differs, also if only a refund has changed."""
        if self.version is None or earlier.version is None:
            return True
        if self.version == earlier.version:
            return self.payload != earlier.payload
        return self.version > earlier.version


class Stream:
    """One subscription of one user. Everything except `events` runs in a thread.

    `close` closes `watch` and frees the place, however the stream ends.
    """

    def __init__(
        self, asked: GraphQLRequest, sign_in: SignIn, watch: Watch, places: Places
    ) -> None:
        self._asked = asked
        self._sign_in = sign_in
        self._watch = watch
        self._places = places
        self._log_id = str(uuid.uuid4())
        self._correlation_id = get_correlation_id()
        self._language = translation.get_language()
        self._is_open = False
        self.first: Reading | None = None

    def open(self, request: HttpRequest) -> None:
        """Takes the place and reads for the first time. Raises the errors of `Places.take`."""
        self._places.take(self._sign_in.user_pk)
        self._is_open = True
        try:
            self.first = self._read(request)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._watch.close()
        if self._is_open:
            self._is_open = False
            self._places.free(self._sign_in.user_pk)

    async def events(self, hub: Hub, in_thread: InThread) -> AsyncGenerator[bytes]:
        """Yields events until the last result, or until the user is no longer signed in. When the
        process ends, the stream stops without `complete`, so that the client connects to another
        process."""
        reading = self.first
        assert reading is not None
        yield _next(reading.payload)
        if not reading.is_last:
            following = self._follow(reading, hub, in_thread)
            async with hub.serving(self._watch), aclosing(following):
                async for event in following:
                    yield event
        if not hub.is_closing:
            yield _SSE.encode_complete().encode()

    async def _follow(
        self, reading: Reading, hub: Hub, in_thread: InThread
    ) -> AsyncGenerator[bytes]:
        heartbeat_at = _plan_heartbeat()
        while not (reading.is_last or hub.is_closing):
            is_woken = await self._watch.wait(heartbeat_at - time.monotonic())
            if hub.is_closing:
                return
            try:
                newer = await in_thread(self._look_again, is_woken)
            except SignedOutError:
                yield _next_error(UnauthenticatedError())
                return
            except (OperationalError, InterfaceError):
                # The database is unavailable. Afterwards, the hub finds missed changes.
                newer = None
            except Exception as error:
                yield _next_error(mask(error))
                return
            if newer is not None and newer.is_news_after(reading):
                reading = newer
                yield _next(reading.payload)
            elif is_woken:
                continue
            else:
                yield _HEARTBEAT
            heartbeat_at = _plan_heartbeat()

    def _look_again(self, is_woken: bool) -> Reading | None:
        structlog.contextvars.clear_contextvars()  # the thread has served another stream
        with (
            structlog.contextvars.bound_contextvars(stream_id=self._log_id),
            bound(self._correlation_id),
            # The thread still has the language of another request.
            translation.override(self._language),
        ):
            user = self._sign_in.find_user()
            if user is None:
                raise SignedOutError
            return self._read(_make_request(user)) if is_woken else None

    def _read(self, request: HttpRequest) -> Reading:
        context = Context(request=request, response=HttpResponse(), watch=self._watch)
        result = get_schema().execute_sync(
            self._asked.query,
            variable_values=self._asked.variables,
            context_value=context,
            operation_name=self._asked.operation_name,
            operation_extensions=self._asked.extensions,
            allowed_operation_types=(OperationType.SUBSCRIPTION,),
        )
        if _is_unavailable(result):
            raise OperationalError  # already logged, with the reason
        payload = orjson.dumps(process_result(result))
        if context.seen is None:
            return Reading(payload, None, is_last=True)
        self._watch.version = context.seen.version
        return Reading(payload, context.seen.version, is_last=context.seen.is_terminal)


class StreamResponse(StreamingHttpResponse):
    """The status and headers of a stream, for middleware. `asgi` sends the rest."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(status=200, headers=_HEADERS)
        self.stream = stream


@dataclass(slots=True)
class Server:
    """The server of a stream: `request.stream_server`, set by `asgi`. `stream` is the opened
    stream."""

    places: Places
    watch: Watch
    stream: Stream | None = None


def _plan_heartbeat() -> float:
    """Spreads heartbeats of streams that were opened together, as after a restart."""
    share = random.uniform(0.75, 1)  # noqa: S311 (no secret)
    return time.monotonic() + conf.PAYMENTS_STREAM_HEARTBEAT * share


def _next(payload: bytes) -> bytes:
    # orjson writes no line breaks, which would end an event.
    return _SSE.encode_event("next", payload.decode()).encode()


def _next_error(error: GraphQLError) -> bytes:
    return _next(orjson.dumps({"data": None, "errors": [error.formatted]}))


def _is_unavailable(result: ExecutionResult) -> bool:
    return any(
        (error.extensions or {}).get("code") == "UNAVAILABLE" for error in result.errors or ()
    )


def _make_request(user: AbstractBaseUser) -> HttpRequest:
    request = HttpRequest()
    request.user = user  # type: ignore[assignment]  # not a User of Django's
    return request
