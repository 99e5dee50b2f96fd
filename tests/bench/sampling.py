"""What the processes take under load, measured repeatedly."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean

from tests.bench.database import count_connections
from tests.bench.site import Started


@dataclass(frozen=True)
class Sample:
    """`connections` counts those to the database, by state."""

    at: float
    megabytes: float
    connections: dict[str, int]

    @property
    def open(self) -> int:
        return sum(self.connections.values())

    @property
    def in_transaction(self) -> int:
        """Connections with a transaction that waits for its program."""
        return sum(n for state, n in self.connections.items() if "in transaction" in state)


@dataclass
class Samples:
    all: list[Sample] = field(default_factory=list)

    def first(self, seconds: float) -> list[Sample]:
        return [one for one in self.all if one.at <= self.all[0].at + seconds]

    def last(self, seconds: float) -> list[Sample]:
        return [one for one in self.all if one.at >= self.all[-1].at - seconds]


@contextmanager
def sampling(site: Started, database: str, *, every: float = 0.5) -> Iterator[Samples]:
    samples = Samples()
    ending = threading.Event()

    def sample() -> None:
        while not ending.wait(every):
            connections = count_connections(database)
            now = time.monotonic()
            samples.all.append(Sample(now, site.resident_megabytes(), connections))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ending.set()
        thread.join()


def mean_megabytes(samples: list[Sample]) -> float:
    return mean(one.megabytes for one in samples)


def mean_connections(samples: list[Sample]) -> float:
    return mean(one.open for one in samples)
