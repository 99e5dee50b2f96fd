"""A stream leaves nothing behind. Tests the application itself, on the test's own event loop."""

import asyncio
import logging

import orjson
import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse

from schema.http.asgi import StreamHandler, StreamingApplication
from schema.http.signed_in import SignIn
from schema.http.streams import Reading
from schema.types import subscriptions
from tests.schema.streams.client import SUBSCRIPTION

pytestmark = pytest.mark.django_db(transaction=True)


class Connection:
    """One client's stream, over ASGI."""

    def __init__(self, token, variables, query=SUBSCRIPTION):
        body = orjson.dumps({"query": query, "variables": variables})
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql/",
            "query_string": b"",
            "headers": [
                (b"host", b"testserver"),
                (b"accept", b"text/event-stream"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"authorization", f"Token {token}".encode()),
            ],
        }
        self.incoming = asyncio.Queue()
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self.sent = asyncio.Queue()

    def start(self, application):
        return asyncio.create_task(application(self.scope, self.incoming.get, self.sent.put))

    async def read(self):
        async with asyncio.timeout(20):
            return await self.sent.get()

    async def read_body(self):
        return (await self.read())["body"].decode()

    def leave(self):
        self.incoming.put_nowait({"type": "http.disconnect"})


@pytest.fixture
def connect(make_token, alice, unpaid, global_id):
    token, variables = make_token(alice), {"id": global_id("PaymentIntent", unpaid.pk)}
    return lambda **values: Connection(token, variables, **values)


@pytest.fixture
def handler():
    handler = StreamHandler()
    yield handler
    handler._pool.shutdown()


def test_a_client_that_leaves_leaves_nothing(handler, connect):
    async def run():
        client = connect()
        serving = client.start(handler)
        assert (await client.read())["status"] == 200
        assert "REQUIRES_PAYMENT_METHOD" in await client.read_body()
        while not handler.hub._upkeep:
            await asyncio.sleep(0)
        during = handler.hub.count(), handler.places.count()

        client.leave()
        await asyncio.wait_for(serving, 20)
        while len(asyncio.all_tasks()) > 1:  # canceled tasks end by themselves
            await asyncio.sleep(0.01)
        return during, (handler.hub.count(), handler.places.count())

    assert asyncio.run(asyncio.wait_for(run(), 30)) == ((1, 1), (0, 0))


def test_a_client_that_leaves_while_it_is_answered_leaves_nothing(handler, connect):
    async def run():
        client = connect()
        serving = client.start(handler)
        await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        await asyncio.to_thread(handler._pool.shutdown)  # it is answered anyway
        while handler.hub.count() or handler.places.count() or len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 30))
    assert handler.places.count() == 0


def test_a_stream_that_is_over_leaves_nothing(handler, connect, service, unpaid):
    service.cancel_payment_intent(unpaid)

    async def run():
        client = connect()
        await client.start(handler)
        return [await client.read() for _ in range(4)], len(asyncio.all_tasks())

    (_, result, complete, end), tasks = asyncio.run(run())

    assert b"CANCELED" in result["body"]
    assert complete["body"] == b"event: complete\r\ndata: \r\n\r\n"
    assert not end["more_body"]
    assert (tasks, handler.hub.count(), handler.places.count()) == (1, 0, 0)


def test_what_middleware_refuses_in_the_end_leaves_nothing(handler, connect):
    answer = handler._middleware_chain

    def refuse(request):
        answer(request)
        return HttpResponse("not today", status=403)

    handler._middleware_chain = refuse

    async def run():
        client = connect()
        await client.start(handler)
        return await client.read()

    assert asyncio.run(run())["status"] == 403
    assert (handler.hub.count(), handler.places.count()) == (0, 0)


def test_an_unexpected_error_is_masked(handler, connect, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("something secret")

    monkeypatch.setattr(subscriptions, "find_visible", fail)

    async def run():
        client = connect()
        await client.start(handler)
        await client.read()
        return await client.read_body()

    with caplog.at_level(logging.ERROR):
        body = asyncio.run(run())

    assert "INTERNAL_SERVER_ERROR" in body
    assert "secret" not in body
    error = orjson.loads(body.partition("data: ")[2])["errors"][0]
    assert error["extensions"]["id"] in caplog.text


def test_the_lifespan_ends_all_streams(handler, connect):
    application = StreamingApplication(None)
    application._handler = handler

    async def run():
        incoming, outgoing = asyncio.Queue(), asyncio.Queue()
        life = asyncio.create_task(application({"type": "lifespan"}, incoming.get, outgoing.put))
        incoming.put_nowait({"type": "lifespan.startup"})
        assert (await outgoing.get())["type"] == "lifespan.startup.complete"
        client = connect()
        serving = client.start(application)
        await client.read()
        await client.read()
        incoming.put_nowait({"type": "lifespan.shutdown"})
        assert (await outgoing.get())["type"] == "lifespan.shutdown.complete"
        await asyncio.gather(life, serving)
        return await client.read()

    assert asyncio.run(asyncio.wait_for(run(), 30)) == {
        "type": "http.response.body",
        "body": b"",
        "more_body": False,
    }


def test_a_full_process_says_so(handler, connect, settings):
    settings.PAYMENTS_STREAMS_PER_PROCESS = 0

    async def run():
        client = connect()
        await client.start(handler)
        return await client.read(), await client.read_body()

    head, body = asyncio.run(run())

    assert head["status"] == 503
    assert (b"Retry-After", b"5") in head["headers"]
    assert orjson.loads(body)["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


def test_a_database_that_is_away_for_a_while_ends_no_stream(
    handler, connect, settings, monkeypatch, service, unpaid
):
    settings.PAYMENTS_STREAM_HEARTBEAT = 0.2
    find_user, away = SignIn.find_user, [OperationalError("away")] * 2

    def find_user_later(sign_in):
        if away:
            raise away.pop()
        return find_user(sign_in)

    monkeypatch.setattr(SignIn, "find_user", find_user_later)

    async def run():
        client = connect()
        serving = client.start(handler)
        assert (await client.read())["status"] == 200
        bodies = [await client.read_body() for _ in range(4)]  # the state, and heartbeats
        await asyncio.to_thread(_cancel, service, unpaid)
        while "CANCELED" not in bodies[-1]:
            bodies.append(await client.read_body())
        await serving
        return bodies

    bodies = asyncio.run(asyncio.wait_for(run(), 30))

    assert "errors" not in "".join(bodies)
    assert not away


def _cancel(service, intent):
    try:
        service.cancel_payment_intent(intent)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("newer", "is_news"),
    [
        (Reading(b"2", 2, is_last=False), True),
        (Reading(b"1", 2, is_last=False), True),  # another attempt, with the same outcome
        (Reading(b"2", 1, is_last=False), True),  # only a refund of it has changed
        (Reading(b"1", 1, is_last=False), False),
        (Reading(b"0", 0, is_last=False), False),  # of a replica that lags
        (Reading(b"", None, is_last=True), True),  # it is no longer visible
    ],
)
def test_what_is_told_of(newer, is_news):
    assert newer.is_news_after(Reading(b"1", 1, is_last=False)) is is_news
