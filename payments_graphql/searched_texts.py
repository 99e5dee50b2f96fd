"""The texts of which people know a part: names, booking references, descriptions."""

from collections import defaultdict
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models

from . import people, trigrams
from .models import StripePaymentIntent, get_booking_model


def list_texts() -> list[tuple[type[models.Model], list[str]]]:
    return [
        (StripePaymentIntent, ["description"]),
        (get_booking_model(), ["reference", "description"]),
        (get_user_model(), [*people.list_search_fields(), *people.list_name_fields()]),
    ]


def list_unindexed() -> dict[str, list[str]]:
    """The tables without a trigram index, and their columns. Empty on SQLite, which has none."""
    if connection.vendor != "postgresql":
        return {}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for model, names in list_texts():
        for name in names:
            field: Any = model._meta.get_field(name)
            # The field of a derived model is in the table of its parent.
            found[field.model._meta.db_table].append(str(field.column))
    return {
        table: columns
        for table, columns in found.items()
        if _is_there(table) and not trigrams.has_index(table)
    }


def _is_there(table: str) -> bool:
    """False before the first migration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(quote_ident(%s))", [table])
        return cursor.fetchone()[0] is not None
