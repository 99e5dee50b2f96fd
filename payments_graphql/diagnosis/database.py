from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ..isolation import REMEDY, find_level, is_safe
from .clocks import judge_clock
from .finding import Finding, Subject

_DATABASE = Subject("database")

_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")  # in the order of SQLite's numbers
_SAFE = ("FULL", "EXTRA")


def examine_database() -> Iterator[Finding]:
    """An error among the findings means that the database cannot be checked any further."""
    try:
        connection.ensure_connection()
        yield from _examine_migrations()
        if connection.vendor == "sqlite":
            yield from _examine_sqlite()
        elif connection.vendor == "postgresql":
            yield from _examine_postgresql()
        else:
            yield _DATABASE.warning(
                f"{connection.vendor} is not supported.",
                "Use PostgreSQL.",
            )
    except DatabaseError as error:
        yield _DATABASE.error(
            f"cannot be reached ({type(error).__name__}).",
            "Check that it runs and that DATABASE_URL is right.",
        )


def _examine_migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    missing = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    if missing:
        names = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        yield _DATABASE.error(f"migrations are not applied: {names}.", "Run `manage.py migrate`.")
    else:
        yield _DATABASE.ok("reachable, and all migrations are applied.")


def _examine_sqlite() -> Iterator[Finding]:
    journal = str(_read("PRAGMA journal_mode")).upper()
    synchronous = _SYNCHRONOUS[int(str(_read("PRAGMA synchronous")))]
    mode = f"SQLite, journal_mode {journal}, synchronous {synchronous}."
    hint = 'Add OPTIONS: {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}.'
    if journal != "WAL":
        yield _DATABASE.warning(f"{mode} Readers and writers block each other.", hint)
    elif synchronous not in _SAFE:
        yield _DATABASE.warning(f"{mode} A power cut can undo a confirmed payment.", hint)
    else:
        yield _DATABASE.ok(mode)
    if not settings.DEBUG:
        yield _DATABASE.warning(
            "SQLite in production: one writer at a time, on one machine.", "Use PostgreSQL."
        )


def _examine_postgresql() -> Iterator[Finding]:
    if _read("SHOW transaction_read_only") == "on":  # a standby, or configured so
        yield _DATABASE.error("PostgreSQL is read-only.", "Point DATABASE_URL at the primary.")
        return
    synchronous = _read("SHOW synchronous_commit")
    if synchronous == "off":
        yield _DATABASE.warning(
            "PostgreSQL with synchronous_commit off: a crash can undo a confirmed payment.",
            "Turn it on for this database.",
        )
    else:
        yield _DATABASE.ok(f"PostgreSQL, writable, synchronous_commit {synchronous}.")
    yield _judge_isolation(find_level())
    theirs = _read("SELECT clock_timestamp()")
    if isinstance(theirs, datetime):
        yield judge_clock("the database's", timezone.now() - theirs.astimezone(UTC))


def _judge_isolation(level: str) -> Finding:
    if is_safe(level):
        return _DATABASE.ok(f"transactions begin at {level}.")
    return _DATABASE.error(
        f"transactions begin at {level}, where row locks do not protect money: every payment "
        "is refused.",
        REMEDY,
    )


def _read(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
