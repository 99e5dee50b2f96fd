"""A PostgreSQL database for one program, and Django set up like in production."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from payments_graphql.conf import DEFAULT_RATE_LIMITS

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/postgres"
WEBHOOK_SECRET = "whsec_bench"
ACCOUNT = "acct_bench"
"""For programs that ask no Stripe for its account."""


class NoPostgresError(RuntimeError):
    """Nothing answers at the address. The message says which."""


@contextmanager
def own_database(purpose: str, *, stripe: str, account: str = "") -> Iterator[str]:
    """Its URL. Sets Django up with it, and with `stripe` as Stripe's address. Processes started
    later inherit the environment."""
    with empty_database(purpose) as url:
        os.environ |= get_environment(url, stripe) | {"PAYMENTS_ACCOUNT": account}
        try:
            _prepare()
            yield url
        finally:
            _close()


@contextmanager
def empty_database(purpose: str) -> Iterator[str]:
    """Its URL, for another project's tables."""
    server = os.environ.get("DATABASE_URL") or os.environ.get("POSTGRES_URL") or DEFAULT_URL
    name = f"bench_{purpose}_{os.getpid()}"
    _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        _execute(server, drop)


@contextmanager
def kept_database(name: str, *, stripe: str) -> Iterator[bool]:
    """Like `own_database`, but stays for the next run. Yields whether it is new."""
    server = os.environ.get("DATABASE_URL") or os.environ.get("POSTGRES_URL") or DEFAULT_URL
    is_new = not _exists(server, name)
    if is_new:
        _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    os.environ |= get_environment(url, stripe)
    _prepare()
    try:
        yield is_new
    finally:
        _close()


def _exists(server: str, name: str) -> bool:
    try:
        with psycopg.connect(server, connect_timeout=5) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return found.fetchone() is not None
    except psycopg.OperationalError as error:
        raise NoPostgresError(f"PostgreSQL (POSTGRES_URL): {error}") from None


def get_environment(database_url: str, stripe: str) -> dict[str, str]:
    """Production's settings, without HTTPS."""
    return {
        "DJANGO_SETTINGS_MODULE": "settings.production",
        "SECRET_KEY": "for-measuring-only-a-key-that-is-long-enough-to-sign-with",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": database_url,
        "STRIPE_API_BASE": stripe,
        "STRIPE_SECRET_KEY": "sk_test_bench",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_bench",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        # All requests come from one address and few users.
        "PAYMENTS_RATE_LIMITS": ",".join(f"{name}=" for name in DEFAULT_RATE_LIMITS),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
    }


def count_connections(url: str) -> dict[str, int]:
    """Other connections to the database, by state."""
    with psycopg.connect(url) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT coalesce(state, 'starting'), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' GROUP BY 1"
        ).fetchall()
    return dict(rows)


def _execute(url: str, statement: sql.Composed) -> None:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)
    except psycopg.OperationalError as error:
        raise NoPostgresError(f"PostgreSQL (POSTGRES_URL): {error}") from None


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.ERROR)  # of this process, whose output is the table
    call_command("migrate", verbosity=0)


def _close() -> None:
    """Closes this process's own connections, so that no pool reconnects to a dropped database."""
    from django.db import connection

    connection.close()
    connection.close_pool()
