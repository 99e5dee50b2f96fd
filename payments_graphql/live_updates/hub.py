"""Everyone in this process who views a payment. See Note [Live updates]."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from uuid import UUID
from weakref import WeakSet

from django.db import connection

from ..logs import get_logger

logger = get_logger(__name__)

RE_READ_EVERY = 2.0
"""Seconds until a change is noticed even without an announcement."""

type ReadVersions = Callable[[Collection[UUID]], Awaitable[dict[UUID, int]]]

_hubs: "WeakSet[Hub]" = WeakSet()


def list_hubs() -> list["Hub"]:
    return list(_hubs)


class Watch:
    """A viewer of one payment. Create it on the event loop; call `follow` and `wake` in any thread.

    `version` is the row's version at the last read.
    """

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self.payment_intent: UUID | None = None
        self.version = -1

    def follow(self, payment_intent: UUID) -> None:
        """Call this before the first read."""
        self._hub.add(self, payment_intent)

    def wake(self) -> None:
        with suppress(RuntimeError):  # the loop was closed in the meantime
            self._loop.call_soon_threadsafe(self._woken.set)

    async def wait(self, seconds: float) -> bool:
        """Returns True if something may have changed, False after `seconds` without a change."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        # Cleared before the row is read, so that later announcements wake it again.
        self._woken.clear()
        return True

    def close(self) -> None:
        self._hub.remove(self)


class Hub:
    """`read_versions` reads the `version` of each given payment that exists, in one query."""

    def __init__(self, read_versions: ReadVersions) -> None:
        self._read_versions = read_versions
        self._lock = threading.Lock()
        self._watches: dict[UUID, set[Watch]] = defaultdict(set)
        self._served = 0
        self._upkeep: asyncio.Task[None] | None = None
        self._is_to_read_now = asyncio.Event()
        self.is_closing = False
        _hubs.add(self)

    def add(self, watch: Watch, payment_intent: UUID) -> None:
        with self._lock:
            watch.payment_intent = payment_intent
            self._watches[payment_intent].add(watch)

    def remove(self, watch: Watch) -> None:
        with self._lock:
            if watch.payment_intent is None:
                return
            left = self._watches[watch.payment_intent]
            left.discard(watch)
            if not left:
                del self._watches[watch.payment_intent]
            watch.payment_intent = None

    def wake(self, payment_intent: UUID) -> None:
        with self._lock:
            watches = list(self._watches.get(payment_intent, ()))
        for watch in watches:
            watch.wake()

    def count(self) -> int:
        """The number of viewers."""
        with self._lock:
            return sum(map(len, self._watches.values()))

    @asynccontextmanager
    async def serving(self, watch: Watch) -> AsyncIterator[None]:
        """While anyone is served, the hub listens and polls. Afterwards it holds no resources."""
        self._served += 1
        if self._served == 1:
            self._upkeep = asyncio.create_task(self._keep_awake())
        try:
            yield
        finally:
            watch.close()
            self._served -= 1
            if not self._served and self._upkeep is not None:
                self._upkeep.cancel()
                self._upkeep = None

    def close(self) -> None:
        """Called at the end of the process: wakes all viewers so that they leave."""
        self.is_closing = True
        with self._lock:
            watches = [watch for watches in self._watches.values() for watch in watches]
        for watch in watches:
            watch.wake()

    async def _keep_awake(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if connection.vendor == "postgresql":
                from .listening import listen  # needs psycopg, which a site on SQLite may not have

                tasks.create_task(listen(heard=self.wake, connected=self._is_to_read_now.set))
            tasks.create_task(self._re_read())

    async def _re_read(self) -> None:
        has_failed = False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RE_READ_EVERY):
                    await self._is_to_read_now.wait()
            self._is_to_read_now.clear()
            try:
                await self._wake_those_behind()
                has_failed = False
            except Exception as error:
                if not has_failed:  # only once, not every two seconds
                    logger.warning("live_updates_not_read", exc_info=error)
                has_failed = True

    async def _wake_those_behind(self) -> None:
        with self._lock:
            ids = list(self._watches)
        if not ids:
            return
        versions = await self._read_versions(ids)
        with self._lock:
            behind = [
                watch
                for payment_intent in ids
                for watch in self._watches.get(payment_intent, ())
                if watch.version != versions.get(payment_intent)
            ]
        for watch in behind:
            watch.wake()
