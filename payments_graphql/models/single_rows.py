"""Finds or inserts one row with a single statement."""

from functools import cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import CharField, Model, QuerySet, TextField

__all__ = ["get_or_none", "insert_once"]

_STORED_AS_THEY_ARE = (CharField, TextField)
"""Django would convert each text for 1 µs, and an event has a dozen."""


def get_or_none[Row: Model](rows: QuerySet[Row]) -> Row | None:
    """The only row of `rows`, or None. For a filter on a unique column: `first()` would add a sort,
    which costs a third of the query."""
    try:
        return rows.get()
    except ObjectDoesNotExist:
        return None


def insert_once(row: Model, *, unique: str) -> bool:
    """Inserts the row unless the value of its field `unique` exists. Returns whether it did.

    Uses `ON CONFLICT (...) DO NOTHING` directly: Django's `ignore_conflicts` would hide all other
    violations too on SQLite, and does not say whether the row was inserted.
    """
    marks, parameters = [], []
    for field in row._meta.concrete_fields:
        mark, values = _compile(row, field)
        marks.append(mark)
        parameters += values
    start, end = _make_insert(type(row), unique, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(f"{start}{', '.join(marks)}{end}", parameters)
        return bool(cursor.rowcount == 1)


@cache
def _make_insert(model: type[Model], unique: str, vendor: str) -> tuple[str, str]:
    """The statement before and after the values. `vendor` decides how names are quoted."""
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    columns = ", ".join(quote(str(field.column)) for field in fields)
    (target,) = [str(field.column) for field in fields if field.name == unique]
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES (",  # noqa: S608 (names are ours)
        f") ON CONFLICT ({quote(target)}) DO NOTHING",
    )


def _compile(row: Model, field: Any) -> tuple[str, list[Any]]:
    value = field.pre_save(row, add=True)
    if type(value) is str and type(field) in _STORED_AS_THEY_ARE:
        return "%s", [value]
    if not hasattr(value, "resolve_expression"):
        return "%s", [field.get_db_prep_save(value, connection=connection)]
    query = row._meta.base_manager.all().query
    sql, parameters = query.get_compiler(connection=connection).compile(
        value.resolve_expression(query, allow_joins=False, for_save=True)
    )
    return sql, list(parameters)
