"""Every list that the API offers, with its filters, orders, scopes and pages, found in the schema:
a new list or filter is asked without being named here.

The filters are asked alone and in pairs, with common and rare values, for the first customer, who
has a hundredth of all payments, for another one, and for staff.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

SIZE = 20

type _Choice = tuple[str, str, Any]
"""A field of a filter, what its value stands for, and the value."""


@dataclass(frozen=True)
class Asked:
    """`filters` are names, and `place` is where the page begins, or "counted"."""

    name: str
    filters: tuple[str, ...]
    place: str
    document: str
    variables: Mapping[str, Any]
    username: str


def iterate_asked(usernames: tuple[str, str, str]) -> Iterator[Asked]:
    """Of these customers, one with many payments and one with few, and of staff."""
    from schema.schema import schema

    much, few, staff = usernames
    query = schema._schema.query_type
    assert query is not None
    for name, field in query.fields.items():
        if "filter" not in field.args:
            continue
        filter_type = get_named_type(field.args["filter"].type)
        assert isinstance(filter_type, GraphQLInputObjectType)
        values = _Values(name, much, few)
        for username in usernames:
            scope = "ALL" if username == staff else "OWN"
            make = partial(_make, name, filter_type.name, username, scope)
            for choices in _iterate_choices(filter_type, values, scope):
                yield from make(choices, values.middle)


def _iterate_choices(
    filter_type: GraphQLInputObjectType, values: "_Values", scope: str
) -> Iterator[tuple[_Choice, ...]]:
    yield ()
    singles = {
        name: [(name, what, value) for what, value in values.list_of(name, filter_type).items()]
        for name in filter_type.fields
        if name != "username" or scope == "ALL"
    }
    for found in singles.values():
        yield from ((one,) for one in found)
    for one, other in combinations(singles.values(), 2):
        yield from ((first, second) for first in one for second in other)


def _make(
    field: str,
    filter_type: str,
    username: str,
    scope: str,
    choices: tuple[_Choice, ...],
    middle: str,
) -> Iterator[Asked]:
    declared = (
        f"$filter: {filter_type}, $orderBy: ListOrder, $first: Int, $after: String, $scope: Scope"
    )
    given = "filter: $filter, orderBy: $orderBy, first: $first, after: $after, scope: $scope"
    what = ", ".join(f"{name} {which}" for name, which, _ in choices) or "no filter"
    variables = {"filter": {name: value for name, _, value in choices} or None, "scope": scope}
    shown, filters = f"{field} of {username}: {what}", tuple(name for name, _, _ in choices)
    for order in ("CREATED_AT_DESC", "CREATED_AT_ASC"):
        first = "newest first" if order.endswith("DESC") else "oldest first"
        for place, after in ((first, None), (f"{first}, from the middle", middle)):
            yield Asked(
                f"{shown}, {place}",
                filters,
                place,
                f"query({declared}) {{ {field}({given}) {{ nodes {{ id }} pageInfo {{ "
                "hasNextPage endCursor } } }",
                {**variables, "orderBy": order, "first": SIZE, "after": after},
                username,
            )
    yield Asked(
        f"{shown}, counted",
        filters,
        "counted",
        f"query($filter: {filter_type}, $scope: Scope) {{ "
        f"{field}(filter: $filter, scope: $scope) {{ totalCount hasMoreThanTotalCount }} }}",
        variables,
        username,
    )


class _Values:
    """What a filter of this list is asked with. The rows are those of `tests.bench.large_rows`."""

    def __init__(self, field: str, much: str, few: str) -> None:
        from payments_graphql.models import StripePaymentIntent, get_booking_model

        self._field, self._names = field, (much, few)
        rows = StripePaymentIntent.objects.ours().filter(refunds__isnull=False)
        self._intent = rows.select_related("booking").exclude(booking=None)[0]
        ends = (
            get_booking_model()
            ._default_manager.order_by("created_at")
            .values_list("created_at", flat=True)
        )
        first, last = ends.first(), ends.last()
        assert first is not None
        assert last is not None
        self._middle: datetime = first + (last - first) / 2

    @property
    def middle(self) -> str:
        """A cursor."""
        place = f"{round(self._middle.timestamp() * 1e6)}:00000000-0000-0000-0000-000000000000"
        return base64.urlsafe_b64encode(place.encode()).decode()

    def list_of(self, name: str, filter_type: GraphQLInputObjectType) -> dict[str, Any]:
        if name in ("status", "state"):
            return self._list_statuses(get_named_type(filter_type.fields[name].type))
        made: dict[str, dict[str, Any]] = {
            "createdAt": self._list_times(),
            "amount": _list_amounts(),
            "username": dict(zip(("with many", "with few"), self._names, strict=True)),
            "paymentIntentId": {"of a payment": _make_id("PaymentIntent", self._intent.pk)},
            "bookingId": {"of a booking": _make_id("Booking", self._intent.booking_id)},
            "reference": {"of a booking": self._intent.booking.reference},
            "isCanceled": {"yes": True, "no": False},
        }
        return made[name]

    def _list_statuses(self, status: Any) -> dict[str, Any]:
        """Each alone, the two that rows leave soon, and all."""
        names = list(status.values)
        soon = [name for name in names if name in ("REQUIRES_ACTION", "REQUIRES_CAPTURE")]
        soon = soon or [name for name in names if name in ("PENDING", "NEEDS_RESPONSE", "WAITING")]
        last = [name for name in names if name in ("FAILED", "UNDER_REVIEW", "EXPIRED")]
        chosen = {name: [name] for name in names if name in _ASKED_ALONE}
        return {**chosen, "two open": [*soon, *last][:2], "all": names}

    def _list_times(self) -> dict[str, Any]:
        middle, day = self._middle.isoformat(), timedelta(days=1)
        return {
            "since the middle": {"since": middle},
            "before the middle": {"before": middle},
            "a day": {"since": middle, "before": (self._middle + day).isoformat()},
        }


_ASKED_ALONE = {
    "SUCCEEDED", "CANCELED", "REQUIRES_PAYMENT_METHOD", "REQUIRES_ACTION", "FAILED", "PENDING",
    "NEEDS_RESPONSE", "LOST", "WAITING", "APPROVED",
}  # fmt: skip


def _list_amounts() -> dict[str, Any]:
    return {
        "in USD": {"currency": "USD"},
        "in JPY": {"currency": "JPY"},
        "of none": {"currency": "EUR", "minimum": "777777"},
        "exactly": {"currency": "USD", "minimum": "123.45", "maximum": "123.45"},
        "of few": {"currency": "USD", "minimum": "904.00"},
        "of most": {"currency": "USD", "minimum": "6.00"},
    }


def _make_id(type_name: str, pk: Any) -> str:
    return base64.b64encode(f"{type_name}:{pk}".encode()).decode()
