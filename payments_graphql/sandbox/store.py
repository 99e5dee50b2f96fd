"""Stores all data of the sandbox in one SQLite database.

There is one connection with one lock, and a request is one transaction. So an object, its events
and their deliveries are stored together or not at all, and two requests can't both confirm an
intent.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from payments_graphql.sandbox.json_object import JsonObject

# Lists filter by these attributes of the JSON, so each has an index.
_INDEXED = ("customer", "payment_intent", "charge", "type", "_payout")
# Seconds.
_FURTHEST_AHEAD = 1000 * 366 * 24 * 60 * 60
# EXCLUSIVE keeps the file locked, so that a second sandbox with the same state fails at once.
# FULL: everything that was answered survives kill -9 and a power failure.
_PRAGMAS = ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "cache_size=-32000")
# The data ends with the process, so it doesn't need to be safe on disk.
_TEMPORARY_PRAGMAS = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-32000")

# S608: only the list above is inserted.
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
{
    "".join(
        f"CREATE INDEX IF NOT EXISTS objects_{name} "
        f"ON objects (kind, json_extract(body, '$.{name}'), seq) "
        f"WHERE json_extract(body, '$.{name}') IS NOT NULL;"
        for name in _INDEXED
    )
}
CREATE INDEX IF NOT EXISTS objects_subject
    ON objects (json_extract(body, '$.data.object.id'), seq) WHERE kind = 'event';
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY,
    created REAL NOT NULL,
    endpoint TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due REAL NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (status, endpoint, due);
CREATE INDEX IF NOT EXISTS deliveries_new ON deliveries (endpoint, due)
    WHERE status = 'pending' AND attempts = 0;
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS attempts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery INTEGER NOT NULL,
    made REAL NOT NULL,
    answer TEXT NOT NULL,
    duration REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_delivery ON attempts (delivery);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    name TEXT NOT NULL,
    object TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due);
CREATE TABLE IF NOT EXISTS clock (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    ahead REAL NOT NULL
);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class StoreClosedError(Exception):
    """The sandbox has stopped; background threads then end."""


class Store:
    """Objects as JSON, and the sandbox's own tables."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self.on_schedule: Callable[[], None] = lambda: None
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            # Without a path it is a temporary database. SQLite moves it to a private file when it
            # outgrows the cache, so that a long run doesn't fill the memory.
            str(path) if path else "",
            check_same_thread=False,
            isolation_level=None,
            timeout=0.2,
        )
        try:
            for pragma in _PRAGMAS if path else _TEMPORARY_PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_SCHEMA)
            self._ahead: float = self.one("SELECT ahead FROM clock")["ahead"]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def now(self) -> float:
        """Return the sandbox's time in Unix seconds: the real time plus all advances."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time forward; ValueError if the result is too far away for a date."""
        if not 0 <= seconds <= _FURTHEST_AHEAD - self._ahead:
            raise ValueError("The clock moves forward only, and no more than a thousand years.")
        with self.transaction():
            self.execute("UPDATE clock SET ahead = ahead + ?", seconds)
            self._ahead += seconds

    def reset_clock(self) -> None:
        """Return to the real time. Only for an empty store: nothing may be in the future."""
        self.execute("UPDATE clock SET ahead = 0")
        self._ahead = 0.0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Lock the store; commit at the end, or roll back after an exception."""
        with self._lock:
            connection = self._open_connection()
            connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: after an exception, roll back only this part."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO part")
            raise
        finally:
            self.execute("RELEASE part")

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreClosedError
        return self._connection

    def execute(self, sql: str, *values: object) -> int:
        """Run one statement; return the number of changed rows."""
        with self._lock:
            return self._open_connection().execute(sql, values).rowcount

    def all(self, sql: str, *values: object) -> list[JsonObject]:
        with self._lock:
            cursor = self._open_connection().execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def one(self, sql: str, *values: object) -> JsonObject:
        return self.all(sql, *values)[0]

    def first(self, sql: str, *values: object) -> JsonObject | None:
        return next(iter(self.all(sql, *values)), None)

    def get(self, kind: str, object_id: str) -> JsonObject | None:
        row = self.first("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return None if row is None else load(row["body"])

    def insert(self, kind: str, body: JsonObject) -> None:
        self.execute(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
            body["id"],
            kind,
            # A few of Stripe's objects have no `created`.
            body["created"] if "created" in body else body["_created"],
            dump(body),
        )

    def save(self, body: JsonObject) -> None:
        self.execute("UPDATE objects SET body = ? WHERE id = ?", dump(body), body["id"])

    def delete(self, object_id: str) -> None:
        self.execute("DELETE FROM objects WHERE id = ?", object_id)

    def list_kind(self, kind: str) -> list[JsonObject]:
        """Return all objects of a kind, oldest first; only for kinds with few objects."""
        rows = self.all("SELECT body FROM objects WHERE kind = ? ORDER BY seq", kind)
        return [load(row["body"]) for row in rows]

    def count_made(self) -> int:
        """Return how many objects were ever stored, including deleted ones."""
        row = self.first("SELECT seq FROM sqlite_sequence WHERE name = 'objects'")
        return 0 if row is None else int(row["seq"])

    def schedule(self, name: str, object_id: str, *, due: float) -> None:
        """Schedule the job `name` for an object at the time `due` of the sandbox's clock."""
        self.execute("INSERT INTO jobs (due, name, object) VALUES (?, ?, ?)", due, name, object_id)
        self.on_schedule()


def dump(body: JsonObject) -> str:
    return json.dumps(body, separators=(",", ":"))


def load(text: str) -> JsonObject:
    body: JsonObject = json.loads(text)
    return body
