"""Many streams in their own process, and when each event arrived."""

import asyncio
import base64
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import orjson

_QUERY = "subscription($id: ID!) { paymentIntentUpdated(id: $id) { version status amount } }"
_OPENING_AT_ONCE = 50
_PATIENCE = 180.0


@dataclass
class Arrived:
    """`at`: `time.monotonic()`, which all processes of a machine share, by payment and version."""

    at: dict[tuple[str, int], float] = field(default_factory=dict)
    count_disordered: int = 0
    count_ended: int = 0


class Watchers:
    """Another process, which has them all open."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._is_stopped = False

    def wait_until_open(self) -> None:
        if not self._pipe.poll(_PATIENCE):
            raise RuntimeError("Not all streams could be opened.")
        problem = self._pipe.recv()
        if problem:
            raise RuntimeError(problem)

    def stop(self) -> Arrived:
        """Closes all streams."""
        self._is_stopped = True
        self._pipe.send("stop")
        arrived: Arrived = self._pipe.recv()
        return arrived

    def ensure_stopped(self) -> None:
        if not self._is_stopped:
            self.stop()


@contextmanager
def watching(url: str, asked: Sequence[tuple[str, str]]) -> Iterator[Watchers]:
    """A stream for each payment's key, with its owner's token. All are open in the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_watch, args=(url, asked, theirs))
    process.start()
    try:
        watchers = Watchers(ours)
        watchers.wait_until_open()
        yield watchers
        watchers.ensure_stopped()
        process.join(10)
    finally:
        process.kill()
        process.join()


def _watch(url: str, asked: Sequence[tuple[str, str]], pipe: Connection) -> None:
    asyncio.run(_run(url, asked, pipe))


async def _run(url: str, asked: Sequence[tuple[str, str]], pipe: Connection) -> None:
    arrived, turns = Arrived(), asyncio.Semaphore(_OPENING_AT_ONCE)
    host, port = urlsplit(url).hostname, urlsplit(url).port
    is_stopping = False

    async def watch(pk: str, token: str, opened: asyncio.Future[None]) -> None:
        async with turns:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(_write_request(pk, token, f"{host}:{port}"))
            version = await _read_version(reader)
            opened.set_result(None)
        try:
            while True:
                newer = await _read_version(reader)
                arrived.at[pk, newer] = time.monotonic()
                arrived.count_disordered += newer <= version
                version = newer
        except asyncio.IncompleteReadError:
            arrived.count_ended += not is_stopping
        finally:
            writer.close()

    opened = [asyncio.get_running_loop().create_future() for _ in asked]
    tasks = [
        asyncio.create_task(watch(*one, future)) for one, future in zip(asked, opened, strict=True)
    ]
    failing = asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    watchdog = asyncio.ensure_future(failing)
    await asyncio.wait((asyncio.gather(*opened), watchdog), return_when=asyncio.FIRST_COMPLETED)
    failed = next((task for task in tasks if task.done()), None)
    pipe.send(repr(failed.exception()) if failed else "")
    await asyncio.to_thread(pipe.recv)
    is_stopping = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    pipe.send(arrived)


def _write_request(pk: str, token: str, host: str) -> bytes:
    global_id = base64.b64encode(f"PaymentIntent:{pk}".encode()).decode()
    body = orjson.dumps({"query": _QUERY, "variables": {"id": global_id}})
    return (
        f"POST /graphql/stream/ HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n"
        f"Authorization: Token {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def _read_version(reader: asyncio.StreamReader) -> int:
    """Returns the next result, and skips everything else."""
    while True:
        line = await reader.readuntil(b"\n")
        if line.startswith(b"data: {"):
            version: int = orjson.loads(line[6:])["data"]["paymentIntentUpdated"]["version"]
            return version
        if line.startswith(b"HTTP/1.1 ") and b" 200 " not in line:
            raise RuntimeError(line.decode().strip())
