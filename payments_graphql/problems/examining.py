"""Counts all problems. Reads the rows of all kinds in one statement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    Expression,
    F,
    IntegerField,
    Min,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from ..log_redaction import redact_text
from .catalog import list_kinds
from .kind import Kind, Problem, Rows

MOST_SHOWN = 50
"""The maximum number of lines per kind. The admin shows the rest."""
_LONGEST = 200


def examine() -> list[Problem]:
    """What is wrong now, most urgent first. Writes nothing.

    Raises `ProviderError` while the account of the current keys is unknown.
    """
    kinds = list_kinds()
    measured: dict[str, _Measured] = {kind.slug: _Measured() for kind in kinds}
    of_rows = [(kind, rows) for kind in kinds for rows in kind.rows]
    for number, *values in _summarize_all([rows for _, rows in of_rows]):
        kind, rows = of_rows[number]
        measured[kind.slug].add(rows, *values)
    for kind in kinds:
        if kind.get_state is not None and (state := kind.get_state()) is not None:
            measured[kind.slug].count += state.count
            measured[kind.slug].oldest = state.since
    return [
        _make_problem(kind, measured[kind.slug]) for kind in kinds if measured[kind.slug].exists
    ]


def describe(problem: Problem, *, most: int = MOST_SHOWN) -> Iterator[str]:
    """The first lines about the problem, without secrets and whole e-mail addresses."""
    for number, line in enumerate(problem.lines()):
        if number == most:
            return
        yield _clean(line)


@dataclass
class _Measured:
    count: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    oldest: datetime | None = None
    due_at: datetime | None = None
    row_id: str = ""
    _minimum: int = 1

    @property
    def exists(self) -> bool:
        return self.count >= self._minimum

    def add(
        self,
        rows: Rows,
        currency: str,
        count: int,
        amount: int,
        oldest: datetime | None,
        due_at: datetime | None,
        row_id: str,
    ) -> None:
        self._minimum = rows.minimum
        self.count += count
        if currency and amount:
            self.amounts[currency] = self.amounts.get(currency, 0) + int(amount)
        self.oldest = _find_first(self.oldest, oldest)
        self.due_at = _find_first(self.due_at, due_at)
        self.row_id = row_id if self.count == 1 else ""


def _find_first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _make_problem(kind: Kind, measured: _Measured) -> Problem:
    return Problem(
        kind=kind.slug,
        title=kind.title,
        count=measured.count,
        amounts=measured.amounts,
        oldest=measured.oldest,
        level=kind.level,
        hint=kind.hint,
        runbook=kind.runbook,
        due_at=measured.due_at,
        row_id=measured.row_id,
        lines=kind.iterate_lines,
    )


def _summarize_all(rows: list[Rows]) -> Iterable[Any]:
    """For each of `rows` and each currency: its number in the list, the currency, the count, the
    amount, the oldest time, the first deadline, and the key of a row."""
    first, *others = map(_summarize, range(len(rows)), rows)
    # Without `order_by`, the order of the first model would apply.
    return first.union(*others, all=True).order_by()


def _summarize(number: int, rows: Rows) -> QuerySet[Any]:
    nothing: Expression = Value("", output_field=CharField())
    no_time = Cast(Value(None), DateTimeField())
    summary: QuerySet[Any] = (
        rows.find()
        .order_by()
        .annotate(
            of_rows=Value(number, output_field=IntegerField()),
            of_currency=nothing if rows.currency is None else rows.currency,
        )
        .values("of_rows", "of_currency")
        .annotate(
            rows_count=Count("pk"),
            rows_amount=_sum(rows.amount),
            rows_oldest=Min(rows.since),
            rows_due=Min(rows.due) if rows.due else no_time,
            rows_id=Min(Cast("pk", CharField())),
        )
        .filter(rows_count__gt=0)
        .values_list(
            "of_rows",
            "of_currency",
            "rows_count",
            "rows_amount",
            "rows_oldest",
            "rows_due",
            "rows_id",
        )
    )
    return summary


def _sum(amount: Expression | F | None) -> Expression:
    if amount is None:
        return Value(0, output_field=BigIntegerField())
    total = Coalesce(Sum(amount, output_field=BigIntegerField()), 0)
    # PostgreSQL's sum of big integers is a decimal.
    return Cast(total, BigIntegerField())


def _clean(text: str) -> str:
    """Puts text from anywhere on one line."""
    printable = "".join(one if one.isprintable() else " " for one in redact_text(text))
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}…"
