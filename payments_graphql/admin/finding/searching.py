"""Applies what a text means to a list. See Note [Searching by index]."""

from typing import Any

from django.db.models import Q, QuerySet

from .conditions import list_conditions
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
    if len(conditions) == 1:
        return queryset.filter(conditions[0])
    found = [(one, pks) for one in conditions if (pks := _list_newest(queryset, one))]
    if len(found) == 1 and len(found[0][1]) == MOST_ROWS:
        return queryset.filter(found[0][0])
    keys = {pk for _, pks in found for pk in pks}
    return queryset.filter(pk__in=keys) if keys else queryset.none()


def _list_newest(queryset: QuerySet[Any], condition: Q) -> list[Any]:
    return list(queryset.filter(condition).values_list("pk", flat=True)[:MOST_ROWS])
