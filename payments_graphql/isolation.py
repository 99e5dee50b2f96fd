"""The isolation level of the database's transactions.

Note [Isolation]
A decision under a row lock must see what the previous holder of the lock wrote: how much is left to
refund, whether another payment is open. At READ COMMITTED each statement sees everything committed
so far. At REPEATABLE READ and SERIALIZABLE a transaction sees the data as of its start, even if it
then waited for the lock: two concurrent refunds could both see money that only one of them may
take. So payments are refused at these levels: `manage.py check` names the setting, and services
raise an error before they record anything.

A level set in `DATABASES` costs nothing to read. Otherwise the server's default for this database
and role is read once per connection.
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
"""The numbers that psycopg uses."""

_found_safe: "WeakSet[Any]" = WeakSet()
"""Connections whose default level is safe."""


def is_safe(level: str) -> bool:
    return level in _SAFE


def get_stated_level(options: Mapping[str, Any]) -> str | None:
    """The level set in a database's `OPTIONS`. None: the server's default applies."""
    value = options.get("isolation_level")
    if value is None:
        return None
    if isinstance(value, int):  # includes psycopg's enumeration
        return _LEVELS.get(value, str(value))
    return str(value).upper()


def read_default_level() -> str:
    """The server's default, for transactions that do not set a level."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        return str(cursor.fetchone()[0]).upper()


def find_level() -> str:
    """The isolation level of the next transaction."""
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
    """Call before deciding anything under a lock. Raises `ProviderError`."""
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
