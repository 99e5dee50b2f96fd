"""Creates many rows at once, in PostgreSQL itself."""

from typing import Any


def generate(model: type[Any], values: dict[str, str], count: int, *, beside: str = "") -> None:
    """`values` maps columns to SQL. `n` is the number of the row, from 1. Other columns get NULL or
    an empty text. `beside` is read together with `n`."""
    for field in model._meta.concrete_fields:
        values.setdefault(str(field.column), "NULL" if field.null else "''")
    execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(values)}) "
        f"SELECT {', '.join(values.values())} FROM generate_series(1, {count}) AS n"
        + (f", {beside}" if beside else "")
    )


def execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
