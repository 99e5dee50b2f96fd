"""A filter of two dates. It is a form that needs no script."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date


class DateRange(admin.FieldListFilter):
    """For `list_filter`: `("created_at", DateRange)`. Both days are included."""

    template = "admin/payments_graphql/parts/date_range.html"

    def expected_parameters(self) -> list[Any]:
        return name_parameters(self.field_path)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self._parse(name) for name in self.expected_parameters())
        try:
            if first is not None:
                queryset = queryset.filter(**{f"{self.field_path}__gte": _begin(first)})
            if last is not None:
                end = _begin(last + datetime.timedelta(days=1))
                queryset = queryset.filter(**{f"{self.field_path}__lt": end})
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error
        return queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What the form shows and keeps."""
        names = self.expected_parameters()
        kept = [
            (name, value)
            for name, values in changelist.filter_params.items()
            for value in values
            if name not in names
        ]
        first, last = ((name, self._get(name)) for name in names)
        yield {"kept": kept, "first": first, "last": last}

    def _get(self, name: str) -> str:
        values: Any = self.used_parameters.get(name) or [""]
        return str(values[-1])

    def _parse(self, name: str) -> datetime.date | None:
        text = self._get(name)
        if not text:
            return None
        try:
            day = parse_date(text)
        except ValueError as error:
            raise IncorrectLookupParameters(error) from error
        if day is None:
            raise IncorrectLookupParameters(name)
        return day


def name_parameters(field: str) -> list[str]:
    return [f"{field}_from", f"{field}_to"]


def _begin(day: datetime.date) -> datetime.datetime:
    start = datetime.datetime.combine(day, datetime.time.min)
    return timezone.make_aware(start).astimezone(datetime.UTC)
