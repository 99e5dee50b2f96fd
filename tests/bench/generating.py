"""Creates many rows at once, in PostgreSQL itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def generate(model: type[Any], values: dict[str, str], count: int, *, beside: str = "") -> None:
    """`values` maps columns to SQL. `n` is the number of the row, from 1. Other columns get NULL,
    their default, or what is empty for their type. `beside` is read together with `n`."""
    values = {**_list_defaults(model), **values}
    execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(values)}) "
        f"SELECT {', '.join(values.values())} FROM generate_series(1, {count}) AS n"
        + (f", {beside}" if beside else "")
    )


def _list_defaults(model: type[Any]) -> dict[str, str]:
    from django.db import models

    defaults = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField):
            continue
        empty = "NULL" if field.null else "''"
        if isinstance(field, models.JSONField) and not field.null:
            empty = f"'{json.dumps(field.get_default())}'::jsonb"
        elif isinstance(field, models.BooleanField | models.IntegerField) and not field.null:
            empty = str(int(field.default)) if isinstance(field.default, int) else "0"
            empty = "false" if isinstance(field, models.BooleanField) else empty
        defaults[str(field.column)] = empty
    return defaults


@contextmanager
def without_indexes(models: list[type[Any]]) -> Iterator[None]:
    """Drops the indexes of these tables and makes them again, which is faster than to keep millions
    of rows in order. Unique ones stay. Does not check foreign keys."""
    from django.db import connection

    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [tables],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        yield
        cursor.execute("RESET session_replication_role")
        for _, definition in indexes:
            cursor.execute(definition)


def execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
