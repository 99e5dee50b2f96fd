"""Which tables a statement would read from end to end, and how many rows it reads, according to
PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_LARGE = 10_000
"""Tables with more rows may not be read from end to end."""


@contextmanager
def noting_statements() -> Iterator[dict[str, Any]]:
    """Each statement once, with its first parameters."""
    statements: dict[str, Any] = {}
    with _noting(statements.setdefault):
        yield statements


@contextmanager
def noting_every_statement() -> Iterator[list[tuple[str, Any]]]:
    """With the parameters of each time, since the plan can depend on them."""
    statements: list[tuple[str, Any]] = []
    with _noting(lambda sql, params: statements.append((sql, params))):
        yield statements


@contextmanager
def _noting(keep: Callable[[str, Any], object]) -> Iterator[None]:
    from django.db import connection

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "(SELECT")) and not many:
            keep(sql, params)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def list_full_scans(statements: dict[str, Any] | list[tuple[str, Any]]) -> list[str]:
    from django.db import connection

    found = set()
    noted = statements.items() if isinstance(statements, dict) else statements
    with connection.cursor() as cursor:
        for statement, parameters in noted:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
            (plan,) = cursor.fetchone()
            found |= {table for table in _list_scanned(plan[0]["Plan"]) if _is_large(table)}
    return sorted(found)


def _list_scanned(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _list_scanned(part)


def _is_large(table: str) -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        return bool(cursor.fetchone()[0] > _LARGE)


def count_rows_read(statements: list[tuple[str, Any]]) -> int:
    """Runs each SELECT again, and counts the rows that it takes from tables and indexes, including
    those that a condition rejects."""
    from django.db import connection

    rows = 0
    with connection.cursor() as cursor:
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "(SELECT")):
                explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
                cursor.execute(explain, parameters)
                (plan,) = cursor.fetchone()
                rows += _count_rows(plan[0]["Plan"])
    return rows


def _count_rows(plan: dict[str, Any]) -> int:
    rows = sum(map(_count_rows, plan.get("Plans", ())))
    if "Scan" in plan["Node Type"]:
        rejected = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        of_each_loop = plan["Actual Rows"] + sum(plan.get(name, 0) for name in rejected)
        rows += round(of_each_loop * plan["Actual Loops"])
    return rows
