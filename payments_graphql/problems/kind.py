"""What a kind of problem is: how to count its rows, what to say about them, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Expression, F, Model, QuerySet
from django.utils.functional import Promise

from ..models import get_booking_model

RUNBOOK = "docs/runbook.md"

type Text = str | Promise
"""A text or a lazy translation."""


class Level(StrEnum):
    """`error`: money is lost or nothing is settled if nobody acts today."""

    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Action:
    """A page of the admin that fixes one row, such as `resolve`, and who may use it.
    `depends_on_person`: not everybody with the permission may, such as who asked for a refund."""

    name: str
    label: Text
    permission: str
    depends_on_person: bool = False


@dataclass(frozen=True)
class Rows:
    """The rows of `model` that have the problem. None stands for the booking model in use.

    `find` returns exactly them, by index, without an order. Fewer than `minimum` do not count.
    `since` and `due` are fields with the time that it began and the deadline, `amount` and
    `currency` the money at risk. `load` adds what `describe` needs, a line of text for a row.
    """

    model: type[Model] | None
    find: Callable[[], QuerySet[Any]]
    describe: Callable[[Any], str]
    since: str
    due: str = ""
    amount: Expression | F | None = None
    currency: Expression | F | None = None
    minimum: int = 1
    load: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows

    def list(self) -> QuerySet[Any]:
        rows = self.find()
        if self.minimum > 1 and rows[: self.minimum].count() < self.minimum:
            return rows.none()
        return rows

    def get_model(self) -> type[Model]:
        return self.model or get_booking_model()


@dataclass(frozen=True)
class State:
    """A problem without rows, such as a process that has stopped. `line` says what was found."""

    count: int
    since: datetime | None
    line: str


@dataclass(frozen=True)
class Kind:
    """`title` is in the plural. `hint` says what to do. `permission` is what a person needs to see
    a problem without rows; otherwise the right to view the rows counts. `subject` is that of
    `payments_doctor`. `is_routine`: normal work of staff rather than a failure, so that the exit
    code of `payments_reconcile` ignores it."""

    slug: str
    title: Text
    level: Level
    hint: Text
    rows: tuple[Rows, ...] = ()
    get_state: Callable[[], State | None] | None = None
    permission: str = "view_stripewebhookevent"
    action: Action | None = None
    subject: str = "open work"
    is_routine: bool = False

    @property
    def runbook(self) -> str:
        return f"{RUNBOOK}#{self.slug.replace('_', '-')}"

    def iterate_lines(self) -> Iterator[str]:
        """A line of text for each row, oldest first. Lines may contain personal data."""
        if self.get_state is not None and (state := self.get_state()) is not None:
            yield state.line
        for rows in self.rows:
            found = rows.load(rows.list()).order_by(rows.since, "pk")
            yield from map(rows.describe, found.iterator(chunk_size=200))


@dataclass(frozen=True)
class Problem:
    """A kind of problem that exists now. `amounts` are minor units at risk by currency, `oldest`
    is the time of the oldest row, `due_at` the first deadline, `since` when it was first found
    (None if it was not stored). `row_id` is the key of the row, if there is only one."""

    kind: str
    title: Text
    count: int
    amounts: dict[str, int]
    oldest: datetime | None
    level: Level
    hint: Text
    runbook: str
    due_at: datetime | None = None
    since: datetime | None = None
    row_id: str = ""
    lines: Callable[[], Iterator[str]] = field(default=lambda: iter(()), compare=False, repr=False)
