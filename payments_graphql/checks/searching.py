"""Notes on PostgreSQL where the admin's search reads whole tables or finds less."""

from collections.abc import Iterable

from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connection

from ..searched_texts import list_unindexed
from .messages import TAG, make_info


@checks.register(TAG, checks.Tags.database)
def check_trigram_indexes(
    databases: Iterable[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """Runs with `check --database default`, and before each `migrate`."""
    if DEFAULT_DB_ALIAS not in (databases or ()) or connection.vendor != "postgresql":
        return []
    return [
        make_info(
            1,
            f"The table {table} has no trigram index on {', '.join(columns)}. The admin's search "
            "for a part of a name reads all users, and finds no part of a booking's reference or "
            "of a description.",
            "Run manage.py payments_search_indexes.",
        )
        for table, columns in list_unindexed().items()
    ]
