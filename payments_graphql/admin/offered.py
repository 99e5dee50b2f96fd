"""Lists can only be filtered by what their pages offer.

Django lets a query string filter by any column of the model, so a masked value could be guessed
letter by letter: `?stripe_payment_intent_id__startswith=pi_3M`.
"""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest

from .date_ranges import DateRange, name_parameters

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

_LONGEST_VALUE = 100
"""In characters. Values are names of states and times. A longer number would cause an error 500."""


class OfferedLookups(_ModelAdmin):
    linked_lookups: ClassVar[tuple[str, ...]] = ()
    """The lookups that links on other pages use."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Other lookups are answered with 400."""
        text = str(value)
        return (
            lookup in self._get_lookups(request)
            and len(text) <= _LONGEST_VALUE
            and "\0" not in text
            and self._is_date(request)
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Django treats an empty `_to_field` as the name of a field, and fails."""
        return super().get_object(request, object_id, from_field or None)

    def _is_date(self, request: HttpRequest) -> bool:
        """Whether the parameters of `date_hierarchy` are a valid date, which Django does not
        check."""
        name = self.date_hierarchy
        parts = [request.GET.get(f"{name}__{part}", "1") for part in ("year", "month", "day")]
        try:
            year, month, day = (int(part[:4]) if len(part) <= 4 else 0 for part in parts)
            return bool(datetime.date(year, month, day)) and year < datetime.MAXYEAR
        except ValueError:
            return False

    def _get_lookups(self, request: HttpRequest) -> set[str]:
        offered = set(self.linked_lookups)
        items: Sequence[Any] = self.get_list_filter(request)
        for item in items:
            if isinstance(item, str):
                offered |= self._name_lookups(item)
            elif isinstance(item, list | tuple):
                name, filter_class = item
                if issubclass(filter_class, DateRange):
                    offered |= set(name_parameters(name))
                    continue
                is_empty = issubclass(filter_class, admin.EmptyFieldListFilter)
                offered |= {f"{name}__isempty"} if is_empty else self._name_lookups(name)
            else:
                offered.add(item.parameter_name)
        if self.date_hierarchy:
            offered |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
            offered |= self._name_lookups(self.date_hierarchy)
        return offered

    def _name_lookups(self, name: str) -> set[str]:
        """The lookups of the filter links beside the list."""
        field = get_fields_from_path(self.model, name)[-1]
        if isinstance(field, models.DateField):
            return {f"{name}__gte", f"{name}__lt", f"{name}__isnull"}
        if isinstance(field, RelatedField):
            return {f"{name}__{field.target_field.name}__exact", f"{name}__isnull"}
        return {name, f"{name}__exact", f"{name}__isnull"}
