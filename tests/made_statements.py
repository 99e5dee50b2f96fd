"""Which models' statements Django makes the text of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db.models.sql.compiler import SQLCompiler

__all__ = ["noting_made_statements"]


@contextmanager
def noting_made_statements() -> Iterator[list[Any]]:
    made: list[Any] = []
    original = SQLCompiler.as_sql

    def note(self: Any, *arguments: Any, **named: Any) -> Any:
        made.append(self.query.model)
        return original(self, *arguments, **named)

    with mock.patch.object(SQLCompiler, "as_sql", note):
        yield made
