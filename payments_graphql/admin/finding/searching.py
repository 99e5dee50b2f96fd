"""Applies what a text means to a list. See Note [Searching by index]."""

from typing import Any

from django.db.models import QuerySet

from ... import trigrams
from .conditions import Condition, list_conditions
from .lenses import get_lens
from .rows import NamedRows
from .terms import Meaning, list_meanings

MOST_ROWS = 1_000
"""How many of the newest rows a condition contributes if several find some."""


def search(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows of `queryset` that `text` can mean, in its order."""
    return narrow(queryset, list_meanings(text), NamedRows())


def narrow(queryset: QuerySet[Any], meanings: list[Meaning], named: NamedRows) -> QuerySet[Any]:
    conditions = list_conditions(get_lens(queryset.model), meanings, named)
    if len(conditions) == 1 and not conditions[0].is_text:
        return queryset.filter(conditions[0].q)
    found = [(one, pks) for one in conditions if (pks := _list_newest(queryset, one))]
    if len(found) == 1 and len(found[0][1]) == MOST_ROWS:
        return queryset.filter(found[0][0].q)
    return (
        queryset.filter(pk__in={pk for _, pks in found for pk in pks}) if found else queryset.none()
    )


def _list_newest(queryset: QuerySet[Any], condition: Condition) -> list[Any]:
    rows = queryset.filter(condition.q).values_list("pk", flat=True)
    if not condition.is_text:
        return list(rows[:MOST_ROWS])
    with trigrams.by_index():
        few = list(rows.order_by()[:MOST_ROWS])
    # So many that the newest are found soon.
    return few if len(few) < MOST_ROWS else list(rows[:MOST_ROWS])
