"""Trigram indexes, by which PostgreSQL finds a part of a text without reading the whole table.

They need the extension `pg_trgm`, which the owner of a database may create. Where that is not
allowed, migrations continue without the indexes, and a search finds whole texts and beginnings
only. SQLite has no such index and reads the table.
https://www.postgresql.org/docs/current/pgtrgm.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations.operations.base import Operation

from .logs import get_logger

logger = get_logger(__name__)

SHORTEST = 3
"""The number of characters that a trigram index needs to find anything."""
_known: set[str] = set()
"""Tables whose index this process has seen."""


class CreateTrigramIndex(Operation):
    """Creates the index of some columns of a model, where the database allows it."""

    reversible = True

    def __init__(self, model_name: str, columns: Sequence[str]) -> None:
        self.model_name = model_name
        self.columns = tuple(columns)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        options = to_state.apps.get_model(app_label, self.model_name)._meta
        database = schema_editor.connection
        if database.vendor != "postgresql" or options.swapped or not options.can_migrate(database):
            return
        if schema_editor.collect_sql:
            schema_editor.collected_sql += [
                f"{one};" for one in _write_sql(options.db_table, self.columns)
            ]
            return
        try:
            with transaction.atomic(using=database.alias):
                create_index(database, options.db_table, self.columns)
        except DatabaseError as error:
            logger.warning(
                "trigram_index_not_created",
                table=options.db_table,
                reason=str(error),
                hint=HINT,
            )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Dropping the table drops the index."""

    def describe(self) -> str:
        return f"Create a trigram index on {', '.join(self.columns)} of {self.model_name}"


HINT = (
    "Let a superuser run `CREATE EXTENSION pg_trgm`, then run "
    "`manage.py payments_search_indexes`. Until then, the admin's search finds whole texts and "
    "beginnings, but no parts."
)


def create_index(
    database: Any, table: str, columns: Sequence[str], *, concurrently: bool = False
) -> None:
    """Raises Django's `DatabaseError` if the database does not allow it."""
    with database.cursor() as cursor:
        for statement in _write_sql(table, columns, concurrently=concurrently):
            cursor.execute(statement)


def has_index(table: str) -> bool:
    """Whether a part of a text is found by index in this table."""
    if connection.vendor != "postgresql":
        return False
    if table not in _known:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(quote_ident(%s))", [_name_index(table)])
            if cursor.fetchone()[0] is None:
                return False
        _known.add(table)
    return True


def forget_indexes() -> None:
    """For tests: clears this process's cache, not the database."""
    _known.clear()


@contextmanager
def by_index() -> Iterator[None]:
    """Has PostgreSQL use an index for the statements within.

    It estimates poorly how many rows contain a part of a text. With a limit, it may expect to find
    enough of them soon by reading the table, and then read all of it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    is_within = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
        yield
        if is_within:  # otherwise, the end of the transaction does it
            cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")


def _write_sql(table: str, columns: Sequence[str], *, concurrently: bool = False) -> list[str]:
    quote = connection.ops.quote_name
    # As Django writes `icontains` and `iexact`, since the expressions must be the same.
    texts = ", ".join(f"UPPER({quote(column)}::text) gin_trgm_ops" for column in columns)
    how = "CONCURRENTLY " if concurrently else ""
    index = quote(_name_index(table))
    return [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        f"CREATE INDEX {how}IF NOT EXISTS {index} ON {quote(table)} USING gin ({texts})",
    ]


def _name_index(table: str) -> str:
    return f"{table[:50]}_trigrams"
