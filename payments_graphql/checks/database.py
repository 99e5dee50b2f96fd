"""Checks the databases: time zones, transactions and locks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection

from ..isolation import REMEDY, get_stated_level, is_safe, read_default_level
from .messages import TAG, make_error, make_warning

_IN_SERVER_OPTIONS = re.compile(
    r"(?:default_)?transaction_isolation\s*=\s*((?:\\.|[^\s\\])+)", re.IGNORECASE
)
"""libpq's syntax for `options`: a space within a value is written `\\ `."""


_SUPPORTED = ("sqlite", "postgresql")


@checks.register(TAG)
def check_time_zones(**_: object) -> list[checks.CheckMessage]:
    if settings.USE_TZ:
        return []
    message = "USE_TZ is False: Stripe would charge the customer, but it could not be recorded."
    return [make_error(50, message, "Set USE_TZ = True.")]


@checks.register(TAG)
def check_vendor(**_: object) -> list[checks.CheckMessage]:
    """Checks the backend's vendor, since PostgreSQL has several engines. Needs no connection."""
    if connection.vendor not in _SUPPORTED:
        message = (
            f"DATABASES[{DEFAULT_DB_ALIAS!r}] is {connection.display_name}: only PostgreSQL "
            "and SQLite have the locking that payments need."
        )
        return [make_error(51, message, "Use PostgreSQL, or SQLite for a small site.")]
    if connection.vendor == "sqlite":
        return _find_old_version()
    return []


@checks.register(TAG, checks.Tags.database)
def check_server_version(
    databases: Iterable[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """Runs with `check --database default`, and before each `migrate`."""
    if DEFAULT_DB_ALIAS in (databases or ()) and connection.vendor == "postgresql":
        return _find_old_version()
    return []


def _find_old_version() -> list[checks.CheckMessage]:
    try:
        connection.check_database_version_supported()
    except NotSupportedError as error:
        hint = f"Upgrade {connection.display_name}: Django does not support older versions."
        return [make_error(52, str(error), hint)]
    return []


@checks.register(TAG)
def check_sqlite(**_: object) -> list[checks.CheckMessage]:
    hint = 'Add "OPTIONS": {"transaction_mode": "IMMEDIATE"} to it, as settings/base.py does.'
    return [
        make_warning(
            2,
            f"DATABASES[{alias!r}] is SQLite without IMMEDIATE transactions: of two concurrent "
            'writers, one fails with "database is locked" instead of waiting.',
            hint,
        )
        for alias, config in settings.DATABASES.items()
        if config.get("ENGINE") == "django.db.backends.sqlite3"
        and not _is_immediate(config.get("OPTIONS"))
    ]


@checks.register(TAG)
def check_isolation(**_: object) -> list[checks.CheckMessage]:
    """See Note [Isolation]. Payments are in the default database."""
    config: dict[str, Any] = settings.DATABASES.get(DEFAULT_DB_ALIAS, {})
    if "sqlite" in config.get("ENGINE", ""):
        return []
    return [
        make_error(
            42, f"DATABASES[{DEFAULT_DB_ALIAS!r}] {where} is {level}: {_CONSEQUENCE}", REMEDY
        )
        for where, level in _find_stated(config.get("OPTIONS") or {})
        if not is_safe(level)
    ]


@checks.register(TAG, checks.Tags.database)
def check_default_isolation(
    databases: Iterable[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """Runs with `check --database default`, and before each `migrate`."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or connection.vendor != "postgresql":
        return []
    if get_stated_level(connection.settings_dict.get("OPTIONS") or {}) is not None:
        return []
    level = read_default_level()
    if is_safe(level):
        return []
    message = f"This database or role begins transactions at {level}: {_CONSEQUENCE}"
    return [make_error(42, message, f"{REMEDY} Or use ALTER ROLE or ALTER DATABASE.")]


_CONSEQUENCE = "row locks do not protect money at this level, so every payment is refused."


def _find_stated(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    level = get_stated_level(options)
    if level is not None:
        yield 'OPTIONS["isolation_level"]', level
        return
    for value in _IN_SERVER_OPTIONS.findall(str(options.get("options", ""))):
        yield 'OPTIONS["options"]', value.replace("\\ ", " ").replace("_", " ").upper()


def _is_immediate(options: object) -> bool:
    mode = options.get("transaction_mode") if isinstance(options, dict) else None
    return str(mode).upper() == "IMMEDIATE"
