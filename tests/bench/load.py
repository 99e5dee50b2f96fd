"""Sends requests at a fixed rate or as fast as they are answered, from its own process.

That process has one thread and uses asyncio, so that it takes as little as possible from what is
measured.
"""

import asyncio
import contextlib
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT = 120.0
"""Seconds for one answer."""


@dataclass
class Measured:
    """`latencies` are in seconds. At a fixed rate they start when the request was due, not when a
    connection was free, so that a stall counts for every request that it delayed."""

    latencies: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def count_failed(self) -> int:
        return self.outcomes.total() - self.outcomes["ok"]


class Client:
    """One connection that stays open, and is reopened after an error."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, headers: str) -> tuple[int, bytes]:
        """`headers` are lines that end with CRLF. Returns status and body."""
        try:
            return await asyncio.wait_for(self._post(path, body, headers), TIMEOUT)
        except BaseException:
            self.close()
            raise

    async def _post(self, path: str, body: bytes, headers: str) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"{headers}\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        # Chunked answers are not supported.
        (length,) = [int(line[15:]) for line in lines if line.startswith("content-length:")]
        content = await reader.readexactly(length)
        if "connection: close" in lines:
            self.close()
        return int(lines[0].split()[1]), content

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


type Act = Callable[[Client, int], Awaitable[str]]
"""Sends the request with a number. Returns "ok", or a word for what was wrong."""


def at_rate(url: str, act: Act, *, rate: float, count: int, connections: int) -> Measured:
    """Sends `count` requests, each when it is due, if a connection is free."""

    async def run() -> Measured:
        measured = Measured()
        free: asyncio.Queue[Client] = asyncio.Queue()
        for _ in range(connections):
            free.put_nowait(Client(url))
        running: set[asyncio.Task[None]] = set()
        start = time.perf_counter() + 0.05
        for number in range(count):
            due = start + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            client = await free.get()
            task = asyncio.create_task(_act(act, client, number, due, measured, free))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        measured.seconds = time.perf_counter() - start
        while not free.empty():
            free.get_nowait().close()
        return measured

    return _run(run)


def at_full_speed(
    url: str,
    act: Act,
    *,
    seconds: float,
    first: int,
    connections: int,
    count: int = 10**9,
) -> Measured:
    """Each connection sends its next request, numbered from `first`, when the last one is
    answered, until `seconds` are over or `count` requests are sent."""

    async def run() -> Measured:
        measured = Measured()
        numbers = iter(range(first, first + count))
        start = time.perf_counter()

        async def send() -> None:
            client = Client(url)
            for number in numbers:  # shared by all connections
                begun = time.perf_counter()
                await _act(act, client, number, begun, measured)
                if time.perf_counter() - start > seconds:
                    break
            client.close()

        await asyncio.gather(*(send() for _ in range(connections)))
        measured.seconds = time.perf_counter() - start
        return measured

    return _run(run)


def in_own_process[Result](function: Callable[..., Result], *arguments: object) -> Result:
    with starting_in_own_process() as submit:
        return submit(function, *arguments)()


@contextlib.contextmanager
def starting_in_own_process():
    """Returns a function that starts one in another process and returns a way to wait for its
    result."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result


async def _act(
    act: Act,
    client: Client,
    number: int,
    due: float,
    measured: Measured,
    free: "asyncio.Queue[Client] | None" = None,
) -> None:
    try:
        outcome = await act(client, number)
    except Exception as error:
        outcome = type(error).__name__
    measured.latencies.append(time.perf_counter() - due)
    measured.outcomes[outcome] += 1
    if free is not None:
        free.put_nowait(client)


def _run(run: Callable[[], Awaitable[Measured]]) -> Measured:
    # The garbage collector would pause this process, which would look like the site's latency.
    gc.collect()
    gc.freeze()
    return asyncio.run(run())
