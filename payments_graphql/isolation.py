"""At which isolation level the database's transactions begin.

Note [Isolation]
What is decided under a row's lock must see what the last holder of the lock wrote: how much is left
to refund, whether another payment is open. At READ COMMITTED each statement sees what is committed
by then. At REPEATABLE READ and SERIALIZABLE a transaction sees what was there when it began, even
if it has waited for the lock since, and two refunds at once both see the money that only one of
them may take. So nothing is decided at these levels: `manage.py check` names the setting, and the
services refuse before anything is recorded.

The level that `DATABASES` states costs nothing to know. Otherwise it is the server's default for
this database and role, which is read once for each connection to the server.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from django.db import connection
from django.utils.translation import gettext as _

from .errors import ErrorCode, ProviderError
from .logs import get_logger

logger = get_logger(__name__)

REMEDY = 'Set OPTIONS["isolation_level"] to psycopg.IsolationLevel.READ_COMMITTED.'

# PostgreSQL runs READ UNCOMMITTED as READ COMMITTED.
_SAFE = ("READ COMMITTED", "READ UNCOMMITTED")
_LEVELS = {1: "READ UNCOMMITTED", 2: "READ COMMITTED", 3: "REPEATABLE READ", 4: "SERIALIZABLE"}
"""As psycopg numbers them."""

_found_safe: "WeakSet[Any]" = WeakSet()
"""Connections to the server."""


def is_safe(level: str) -> bool:
    return level in _SAFE


def get_stated_level(options: Mapping[str, Any]) -> str | None:
    """By the `OPTIONS` of a database; None when they leave it to the server."""
    value = options.get("isolation_level")
    if value is None:
        return None
    if isinstance(value, int):  # an enumeration of psycopg's too
        return _LEVELS.get(value, str(value))
    return str(value).upper()


def read_default_level() -> str:
    """The server's, for transactions that do not state theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        return str(cursor.fetchone()[0]).upper()


def find_level() -> str:
    """The level at which the next transaction begins."""
    stated = get_stated_level(connection.settings_dict.get("OPTIONS") or {})
    if stated is not None:
        return stated
    connection.ensure_connection()
    if connection.connection in _found_safe:
        return "READ COMMITTED"
    level = read_default_level()
    if is_safe(level):
        _found_safe.add(connection.connection)
    return level


def refuse_unsafe_level() -> None:
    """Before something is decided under a lock. Raises `ProviderError`."""
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time
    level = find_level()
    if is_safe(level):
        return
    logger.critical("isolation_level_unsafe", level=level, remedy=REMEDY)
    raise ProviderError(
        _("Payments cannot be changed at the moment. Please try again later."),
        code=ErrorCode.UNAVAILABLE,
    )
