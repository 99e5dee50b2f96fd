"""Finds out what an update would change, without applying it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ..models import MirroredModel


@dataclass(frozen=True)
class Difference:
    """One field of one row. If `is_new`, the row does not exist yet and `ours` has no meaning."""

    row: MirroredModel
    field: str
    ours: Any
    theirs: Any
    is_new: bool


_differences: ContextVar[list[Difference] | None] = ContextVar("rehearsal", default=None)


def is_rehearsing() -> bool:
    return _differences.get() is not None


@contextmanager
def rehearse() -> Iterator[list[Difference]]:
    """Rolls back whatever `apply_*` does inside the block, and lists it in the given list."""
    differences: list[Difference] = []
    token = _differences.set(differences)
    try:
        with transaction.atomic():
            yield differences
            transaction.set_rollback(True)
    finally:
        _differences.reset(token)


def note(row: MirroredModel, values: dict[str, Any]) -> None:
    """Records the differences. Call it before writing `values` to the row."""
    differences = _differences.get()
    if differences is None:
        return
    differences += [
        Difference(row, field, getattr(row, field), value, is_new=row.as_of is None)
        for field, value in values.items()
        if getattr(row, field) != value
    ]
