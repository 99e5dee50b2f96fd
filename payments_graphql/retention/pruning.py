"""Goes through a table in bounded batches, from its oldest rows."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from ..logs import get_logger
from .archive import Archive
from .kinds import Kind

__all__ = ["BATCH", "Pruning"]

logger = get_logger(__name__)

BATCH = 1_000


class Pruning:
    """One run for one kind: everything older than `before`.

    Each batch is archived, and only then removed, in one statement that checks again what may go.
    If a run dies in between, the next run archives the same rows once more.
    """

    def __init__(
        self,
        kind: Kind,
        before: datetime,
        archive: Archive | None = None,
        *,
        is_rehearsal: bool = False,
    ) -> None:
        self.kind = kind
        self.before = before
        self.seen = self.removed = self.kept = 0
        self.on_seen: Callable[[int], object] = lambda count: None
        self._archive = archive
        self._is_rehearsal = is_rehearsal

    def run(self) -> None:
        for pks in self._iterate_batches():
            self._prune(pks)
            self.on_seen(len(pks))
        if self.removed and not self._is_rehearsal:
            logger.info("pruned", kind=self.kind.name, removed=self.removed, kept=self.kept)

    def count(self) -> int | None:
        """How many rows are old enough to look at. None if no index tells it quickly."""
        if self.kind.aged_by not in self.kind.position:
            return None
        return self._rows.filter(**{f"{self.kind.aged_by}__lt": self.before}).count()

    @property
    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.kind.model.objects.all()
        return rows

    def _prune(self, pks: list[Any]) -> None:
        chosen = self.kind.choose(self._rows.filter(pk__in=pks), self.before)
        removed = chosen.count() if self._is_rehearsal else self._remove(chosen)
        self.seen += len(pks)
        self.removed += removed
        self.kept += len(pks) - removed

    def _remove(self, chosen: QuerySet[Any]) -> int:
        if self._archive is None:
            return self.kind.remove(chosen)
        rows = list(chosen.order_by(*self.kind.position))
        if not rows:
            return 0
        pks = [row.pk for row in rows]
        self.kind.prepare(rows)
        self._archive.write(self.kind.name, map(_as_dict, rows))
        archived = self._rows.filter(pk__in=pks)
        # Only what is in the file, and only what is still done: an event may be retried meanwhile.
        return self.kind.remove(self.kind.choose(archived, self.before))

    def _iterate_batches(self) -> Iterator[list[Any]]:
        """The primary keys of old rows, whether or not they may go, so that each statement reads
        at most `BATCH` rows."""
        position = self.kind.position
        is_ordered_by_age = self.kind.aged_by in position
        columns = position if is_ordered_by_age else (*position, self.kind.aged_by)
        last: tuple[Any, ...] | None = None
        while True:
            rows = self._rows.filter(_after(position, last)) if last else self._rows
            if is_ordered_by_age:
                rows = rows.filter(**{f"{self.kind.aged_by}__lt": self.before})
            found = list(rows.order_by(*position).values_list(*columns)[:BATCH])
            # Rows get their keys in the order of their times, if not exactly.
            if not found or (not is_ordered_by_age and found[0][-1] >= self.before):
                return
            last = found[-1][: len(position)]
            yield [row[len(position) - 1] for row in found]


def _after(position: tuple[str, ...], last: tuple[Any, ...]) -> Q:
    """The rows after `last` in the order of `position`. The first condition is redundant, but lets
    the database begin in the middle of the index."""
    later = (
        Q(**{f"{name}__gt": last[index]}, **dict(zip(position[:index], last, strict=False)))
        for index, name in enumerate(position)
    )
    return Q(**{f"{position[0]}__gte": last[0]}) & reduce(or_, later)


def _as_dict(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
