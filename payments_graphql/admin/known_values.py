"""A filter by values that are known. For a field without choices, Django's own filter reads the
whole table to find its values."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import gettext

type Values = Sequence[tuple[str, str | Promise]]


def filter_by(list_values: Callable[[], Values]) -> type[admin.FieldListFilter]:
    """For `list_filter`: `("brand", filter_by(list_brands))`. A link can name any other value."""

    class KnownValuesFilter(admin.ChoicesFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            names = (self.lookup_kwarg, self.lookup_kwarg_isnull)
            chosen = [str(value) for value in self.lookup_val or ()]
            yield {
                "selected": not chosen,
                "query_string": changelist.get_query_string(remove=names),
                "display": gettext("All"),
            }
            for value, text in list_values():
                given = {self.lookup_kwarg: value}
                yield {
                    "selected": value in chosen,
                    "query_string": changelist.get_query_string(given, names),
                    "display": text,
                }

    return KnownValuesFilter
