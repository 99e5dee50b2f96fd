import sqlite3
from types import TracebackType
from typing import Self


class SeenIds:
    """A set of any number of Stripe ids that needs little memory: a temporary SQLite file, which is
    private and removed on exit."""

    def __enter__(self) -> Self:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, stripe_id: str) -> bool:
        """Returns whether the id is new."""
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (stripe_id,))
        return added.rowcount == 1
