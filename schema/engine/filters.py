"""What lists are narrowed by. What is left out, or null, does not narrow; all else must hold.

Each function narrows rows that are the caller's to see already, so that a filter can never widen.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import ceil, floor
from typing import Any

import strawberry
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet

from payments_graphql import errors, money
from payments_graphql.models import StripeCustomer, StripePaymentIntent, get_booking_model
from payments_graphql.texts import is_storable

from .context import BadInputError
from .ownership import parse_id

OF_USERNAME = (
    "Of this user, by the name to sign in with. For staff, with `scope: ALL`: your own are yours "
    "anyway."
)


@strawberry.input(
    description="A span of time, with its beginning and without its end, so that spans which "
    'follow one another share nothing: `{since: "2034-05-01T00:00:00Z", before: '
    '"2034-06-01T00:00:00Z"}` is May in UTC.'
)
class TimeRange:
    since: datetime | None = strawberry.field(
        default=None, description="At this moment or later. With a time zone."
    )
    before: datetime | None = strawberry.field(
        default=None, description="Earlier than this moment. With a time zone."
    )


@strawberry.input(
    description="Amounts of one currency, the bounds included: "
    '`{currency: "EUR", minimum: "10.00", maximum: "99.99"}`.'
)
class AmountRange:
    currency: str = strawberry.field(
        description="Three letters, such as `EUR`: amounts of different currencies are not "
        "compared. Alone it finds all of that currency."
    )
    minimum: Decimal | None = strawberry.field(
        default=None, description='At least this, in the major unit: `"10.00"`.'
    )
    maximum: Decimal | None = strawberry.field(
        default=None, description='At most this, in the major unit: `"99.99"`.'
    )


def with_status[Row: Model](rows: QuerySet[Row], statuses: Iterable[Enum] | None) -> QuerySet[Row]:
    if statuses is None:
        return rows
    return rows.filter(status__in=sorted({str(status.value) for status in statuses}))


def within_time[Row: Model](rows: QuerySet[Row], span: TimeRange | None) -> QuerySet[Row]:
    if span is None:
        return rows
    if span.since is not None:
        rows = rows.filter(created_at__gte=_as_utc(span.since, "createdAt.since"))
    if span.before is not None:
        rows = rows.filter(created_at__lt=_as_utc(span.before, "createdAt.before"))
    return rows


def within_amount[Row: Model](rows: QuerySet[Row], span: AmountRange | None) -> QuerySet[Row]:
    if span is None:
        return rows
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


def with_id[Row: Model](
    rows: QuerySet[Row], global_id: str | None, model: type[Model], type_name: str, column: str
) -> QuerySet[Row]:
    """Rows whose `column` is the object of this id; none for a malformed one."""
    if global_id is None:
        return rows
    pk = parse_id(model, global_id, type_name)
    return rows.none() if pk is None else rows.filter(**{column: pk})


def of_payment[Row: Model](
    rows: QuerySet[Row], payment_intent_id: str | None, booking_id: str | None
) -> QuerySet[Row]:
    """Refunds or disputes of this payment, or of the payments for this booking."""
    rows = with_id(
        rows, payment_intent_id, StripePaymentIntent, "PaymentIntent", "payment_intent_id"
    )
    booking = get_booking_model()
    return with_id(rows, booking_id, booking, "Booking", "payment_intent__booking_id")


def of_username[Row: Model](
    rows: QuerySet[Row], username: str | None, *, customer_column: str = "", user_column: str = ""
) -> QuerySet[Row]:
    """Of the user with this name, by the customers: lists are never joined to the user."""
    if username is None:
        return rows
    users: Any = get_user_model()._default_manager
    field = get_user_model().USERNAME_FIELD
    user = users.filter(**{field: username}).first() if is_storable(username) else None
    if user is None:
        return rows.none()
    if user_column:
        return rows.filter(**{user_column: user.pk})
    customers = StripeCustomer.objects.ids_for_user(user)
    return rows.filter(**{f"{customer_column}__in": customers})


def _as_utc(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        raise BadInputError(f"`{name}` needs a time zone, as in `2034-05-01T00:00:00Z`.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadInputError(f"`{name}` must be between the years 1 and 9999 in UTC.") from None


def _as_minor_units(
    amount: Decimal, currency: str, name: str, rounded: Callable[[Fraction], int]
) -> int:
    """A bound need not be an amount that can be paid: "0" and "9.999" are good ones."""
    largest = money.to_decimal(money.MAXIMUM_MINOR_UNITS, currency)
    # By magnitude first: an exact 1e400 would have 400 digits.
    if not amount.is_finite() or amount < 0 or amount.adjusted() > 15 or amount > largest:
        raise BadInputError(f"`{name}` must be a number from 0 to {largest}.")
    if amount.adjusted() < -10:  # as good as nothing, and its fraction may have no end
        return 1 if amount and rounded is ceil else 0
    return rounded(Fraction(amount) * 10 ** money.get_exponent(currency))
