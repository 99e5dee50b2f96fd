"""Filters of lists. A field that is left out or null matches everything; all others must match.

The rows are already limited to those that the caller may see, so a filter can never show more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import ceil, floor
from typing import Any

import strawberry
from django.db.models import Model, QuerySet

from payments_graphql import errors, money

from .context import BadInputError
from .nodes import parse_id

type Narrow = Callable[[QuerySet[Any], Any], QuerySet[Any]]

_NARROW = "narrow"
_MOST_PARTS = 5
"""PostgreSQL takes a millisecond to plan each."""


@strawberry.input(
    description="A time range that includes its start and excludes its end: `{since: "
    '"2034-05-01T00:00:00Z", before: "2034-06-01T00:00:00Z"}` is May 2034 in UTC.'
)
class TimeRange:
    since: datetime | None = strawberry.field(
        default=None, description="The start, inclusive. Requires a time zone."
    )
    before: datetime | None = strawberry.field(
        default=None, description="The end, exclusive. Requires a time zone."
    )


@strawberry.input(
    description='A range of amounts in one currency, including its limits: `{currency: "EUR", '
    'minimum: "10.00", maximum: "99.99"}`.'
)
class AmountRange:
    currency: str = strawberry.field(
        description="The three-letter currency code, such as `EUR`. Without `minimum` and "
        "`maximum`, matches all amounts in this currency."
    )
    minimum: Decimal | None = strawberry.field(
        default=None, description='The smallest amount, in the major unit: `"10.00"`.'
    )
    maximum: Decimal | None = strawberry.field(
        default=None, description='The largest amount, in the major unit: `"99.99"`.'
    )


def narrowing(narrow: Narrow, *, description: str) -> Any:
    """A field of a filter. `narrow` gets the rows and the given value, which is never null."""
    return strawberry.field(default=None, description=description, metadata={_NARROW: narrow})


def apply_filter(rows: QuerySet[Any], filter: Any) -> QuerySet[Any]:
    """Applies every field of `filter`, an input whose fields are all `narrowing`. None matches
    everything."""
    for field in fields(filter) if filter is not None else ():
        value = getattr(filter, field.name)
        if value is not None:
            rows = field.metadata[_NARROW](rows, value)
    return rows


def list_parts(filter: Any) -> list[Any]:
    """A filter for each status, which together match the same rows as `filter`: see
    `read_page_of_parts`. With one status, or more than `_MOST_PARTS`, only `filter`."""
    for field in fields(filter) if filter is not None else ():
        if isinstance(field.metadata[_NARROW], OneOf):
            values = sorted(set(getattr(filter, field.name) or ()), key=lambda one: str(one.value))
            if 1 < len(values) <= _MOST_PARTS:
                return [replace(filter, **{field.name: [one]}) for one in values]
    return [filter]


def is_the_same_for_everybody(filter: Any) -> bool:
    """Whether the conditions are constants, for which the text of `filter` stands: neither ids nor
    times, which could be mistaken for the caller's, nor anything that is read."""
    return all(
        isinstance(field.metadata[_NARROW], OneOf) or field.metadata[_NARROW] is by_amount
        for field in fields(filter)
        if getattr(filter, field.name) is not None
    )


@dataclass(frozen=True)
class OneOf:
    """Rows whose `column` has one of the given values."""

    column: str

    def __call__(self, rows: QuerySet[Any], values: Iterable[Enum]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.column}__in": sorted({str(one.value) for one in values})})


by_status = OneOf("status")
by_state = OneOf("state")


def by_time(rows: QuerySet[Any], span: TimeRange) -> QuerySet[Any]:
    if span.since is not None:
        rows = rows.filter(created_at__gte=_as_utc(span.since, "createdAt.since"))
    if span.before is not None:
        rows = rows.filter(created_at__lt=_as_utc(span.before, "createdAt.before"))
    return rows


def by_amount(rows: QuerySet[Any], span: AmountRange) -> QuerySet[Any]:
    try:
        currency = money.normalize_currency(span.currency)
    except errors.ValidationError as error:
        raise BadInputError(f"`amount.currency`: {error.message}") from None
    rows = rows.filter(currency=currency)
    if span.minimum is not None:
        least = _as_minor_units(span.minimum, currency, "amount.minimum", ceil)
        rows = rows.filter(amount__gte=least)
    if span.maximum is not None:
        most = _as_minor_units(span.maximum, currency, "amount.maximum", floor)
        rows = rows.filter(amount__lte=most)
    return rows


def by_id(type_name: str, model: type[Model], column: str) -> Narrow:
    """Rows whose `column` points to the object with this id. No rows for a malformed id."""

    def narrow(rows: QuerySet[Any], global_id: str) -> QuerySet[Any]:
        pk = parse_id(type_name, model, global_id)
        return rows.none() if pk is None else rows.filter(**{column: pk})

    return narrow


def _as_utc(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        raise BadInputError(f"`{name}` requires a time zone, as in `2034-05-01T00:00:00Z`.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadInputError(f"`{name}` must be between the years 1 and 9999 in UTC.") from None


def _as_minor_units(
    amount: Decimal, currency: str, name: str, rounded: Callable[[Fraction], int]
) -> int:
    """A limit need not be a valid amount: "0" and "9.999" are allowed."""
    largest = money.to_decimal(money.MAXIMUM_MINOR_UNITS, currency)
    # Compare the magnitude first: an exact 1e400 has 400 digits.
    if not amount.is_finite() or amount < 0 or amount.adjusted() > 15 or amount > largest:
        raise BadInputError(f"`{name}` must be a number from 0 to {largest}.")
    if amount.adjusted() < -10:  # practically zero, and its fraction may be very long
        return 1 if amount and rounded is ceil else 0
    return rounded(Fraction(amount) * 10 ** money.get_exponent(currency))
