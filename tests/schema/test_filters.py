"""Filters and orders of lists: the same for payments, refunds, disputes and bookings."""

from datetime import timedelta

import pytest
from django.db import connection

from payments_graphql.models import Booking, StripePaymentIntent
from schema.engine.pagination import ListOrder, Page, connect, cut

from .rows import LONG_AGO, get_customer, make_disputes, make_intents, make_refunds

PAYMENTS = """
query($filter: PaymentIntentFilter, $orderBy: ListOrder! = CREATED_AT_DESC, $first: Int,
      $after: String, $last: Int, $before: String) {
  paymentIntents(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last,
                 before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node { stripePaymentIntentId amount } }
  }
}
"""


def list_ids(page):
    return [edge["node"]["stripePaymentIntentId"] for edge in page["edges"]]


def ask(client, **variables):
    return client.ask(PAYMENTS, **variables)["paymentIntents"]


@pytest.fixture
def five(alice):
    """Their Stripe ids, oldest first."""
    return [intent.stripe_payment_intent_id for intent in make_intents(alice, 5)]


def at(minute):
    return (LONG_AGO + timedelta(minutes=minute)).isoformat()


def test_the_oldest_come_first_when_asked(as_alice, five):
    assert list_ids(ask(as_alice, orderBy="CREATED_AT_ASC")) == five
    assert list_ids(ask(as_alice, orderBy="CREATED_AT_DESC")) == five[::-1]


@pytest.mark.parametrize("order", ["CREATED_AT_ASC", "CREATED_AT_DESC"])
def test_pages_of_either_order_show_each_once_in_both_directions(as_alice, five, order):
    expected = five if order == "CREATED_AT_ASC" else five[::-1]
    first = ask(as_alice, orderBy=order, first=2)
    second = ask(as_alice, orderBy=order, first=2, after=first["pageInfo"]["endCursor"])
    third = ask(as_alice, orderBy=order, first=2, after=second["pageInfo"]["endCursor"])
    assert [list_ids(page) for page in (first, second, third)] == [
        expected[:2],
        expected[2:4],
        expected[4:],
    ]
    assert (second["pageInfo"]["hasNextPage"], third["pageInfo"]["hasNextPage"]) == (True, False)

    end = ask(as_alice, orderBy=order, last=2)
    middle = ask(as_alice, orderBy=order, last=2, before=end["pageInfo"]["startCursor"])
    beginning = ask(as_alice, orderBy=order, last=2, before=middle["pageInfo"]["startCursor"])
    assert [list_ids(page) for page in (end, middle, beginning)] == [
        expected[3:],
        expected[1:3],
        expected[:1],
    ]
    assert (middle["pageInfo"]["hasPreviousPage"], beginning["pageInfo"]["hasPreviousPage"]) == (
        True,
        False,
    )


@pytest.mark.parametrize("order", ["CREATED_AT_ASC", "CREATED_AT_DESC"])
def test_payments_of_one_moment_are_each_shown_once_in_either_order(as_alice, five, order):
    StripePaymentIntent.objects.update(created_at=LONG_AGO)
    seen, after = [], None
    for _ in five:
        page = ask(as_alice, orderBy=order, first=1, after=after)
        seen += list_ids(page)
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == sorted(five)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"since": at(1)}, [1, 2, 3, 4]),
        ({"before": at(1)}, [0]),
        ({"since": at(1), "before": at(3)}, [1, 2]),
        ({"since": at(3), "before": at(3)}, []),
        ({"since": "2034-05-01T02:03:00+02:00"}, [3, 4]),
        ({}, [0, 1, 2, 3, 4]),
    ],
)
def test_a_span_of_time_has_its_beginning_and_not_its_end(as_alice, five, span, expected):
    page = ask(as_alice, filter={"createdAt": span}, orderBy="CREATED_AT_ASC")
    assert list_ids(page) == [five[number] for number in expected]
    assert page["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("span", "named"),
    [
        ({"since": "2034-05-01T00:00:00"}, "`createdAt.since` requires a time zone"),
        ({"before": "2034-05-01T00:00:00"}, "`createdAt.before` requires a time zone"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "`createdAt.since`"),
        ({"before": "9999-12-31T23:59:59-12:00"}, "`createdAt.before`"),
        ({"since": "yesterday"}, "since"),
    ],
)
def test_a_moment_that_is_none_is_a_clear_error(as_alice, span, named):
    error = as_alice.ask_for_error(PAYMENTS, filter={"createdAt": span})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert named in error["message"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"currency": "USD"}, ["5.00", "9.99", "10.00"]),
        ({"currency": "usd", "minimum": "9.99"}, ["9.99", "10.00"]),
        ({"currency": "USD", "maximum": "9.99"}, ["5.00", "9.99"]),
        ({"currency": "USD", "minimum": "9.991", "maximum": 10}, ["10.00"]),
        (
            {"currency": "USD", "maximum": "9.9999999999999999999999999999999999999"},
            ["5.00", "9.99"],
        ),
        ({"currency": "USD", "minimum": 0, "maximum": 0}, []),
        ({"currency": "USD", "minimum": "1e-400000"}, ["5.00", "9.99", "10.00"]),
        ({"currency": "JPY", "minimum": "1000"}, ["1000"]),
        ({"currency": "EUR"}, []),
    ],
)
def test_amounts_are_compared_within_one_currency(as_alice, alice, span, expected):
    for amount in (500, 999, 1000):
        make_intents(alice, amount=amount)
    make_intents(alice, amount=1000, currency="JPY")
    page = ask(as_alice, filter={"amount": span})
    amounts = [edge["node"]["amount"] for edge in page["edges"]]
    assert sorted(amounts, key=float) == expected


@pytest.mark.parametrize(
    ("span", "named"),
    [
        ({"minimum": "1"}, "currency"),
        ({"currency": "XXX"}, "`amount.currency`"),
        ({"currency": "USD", "minimum": "-1"}, "`amount.minimum`"),
        ({"currency": "USD", "minimum": "NaN"}, "`amount.minimum`"),
        ({"currency": "USD", "maximum": "1e400"}, "`amount.maximum`"),
        ({"currency": "USD", "maximum": "Infinity"}, "`amount.maximum`"),
    ],
)
def test_a_bound_that_is_no_amount_is_a_clear_error(as_alice, span, named):
    error = as_alice.ask_for_error(PAYMENTS, filter={"amount": span})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert named in error["message"]


REFUNDS = "query($filter: RefundFilter) { refunds(filter: $filter) { edges { node { id } } } }"
DISPUTES = "query($filter: DisputeFilter) { disputes(filter: $filter) { edges { node { id } } } }"
BOOKINGS = """
query($filter: BookingFilter) { bookings(filter: $filter) { edges { node { reference } } } }
"""


@pytest.mark.parametrize(
    ("query", "make", "type_name", "status"),
    [
        (REFUNDS, make_refunds, "Refund", "FAILED"),
        (DISPUTES, make_disputes, "Dispute", "LOST"),
    ],
)
def test_refunds_and_disputes_are_filtered_by_all_that_they_have(
    as_alice, alice, booking, global_id, query, make, type_name, status
):
    plain, booked = make_intents(alice, 2)
    StripePaymentIntent.objects.filter(pk=booked.pk).update(booking=booking)
    [one], [other] = make(plain), make(booked, amount=500, status=status.lower())
    type(one).objects.filter(pk=one.pk).update(created_at=LONG_AGO)

    def ids(**filter):
        [page] = as_alice.ask(query, filter=filter).values()
        return {edge["node"]["id"] for edge in page["edges"]}

    first, second = (global_id(type_name, row.pk) for row in (one, other))
    assert ids() == {first, second}
    assert ids(status=[status]) == {second}
    assert ids(paymentIntentId=global_id("PaymentIntent", plain.pk)) == {first}
    assert ids(paymentIntentId="nothing") == set()
    assert ids(bookingId=global_id("Booking", booking.pk)) == {second}
    assert ids(createdAt={"before": at(1), "since": at(0)}) == {first}
    assert ids(amount={"currency": "USD", "minimum": "5"}) == {second}
    assert ids(status=[status], amount={"currency": "EUR"}) == set()


def test_bookings_are_filtered_by_all_that_they_have(as_alice, alice, booking):
    Booking.objects.create(
        reference="ROM-1", user=alice, amount=500, currency="EUR", canceled_at=LONG_AGO
    )
    Booking.objects.filter(reference="ROM-1").update(created_at=LONG_AGO)

    def references(**filter):
        page = as_alice.ask(BOOKINGS, filter=filter)["bookings"]
        return {edge["node"]["reference"] for edge in page["edges"]}

    assert references() == {"LIS-1", "ROM-1"}
    assert references(reference="LIS-1") == {"LIS-1"}
    assert references(reference="\0") == set()
    assert references(isCanceled=True) == {"ROM-1"}
    assert references(isCanceled=False) == {"LIS-1"}
    assert references(createdAt={"since": at(0), "before": at(1)}) == {"ROM-1"}
    assert references(amount={"currency": "USD", "minimum": "99.99"}) == {"LIS-1"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL's planner")
@pytest.mark.parametrize("order", ListOrder)
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_page_in_the_middle_is_read_in_the_order_of_the_index(alice, bob, order, end):
    make_intents(alice, 3000)
    make_intents(bob, 3000)
    rows = StripePaymentIntent.objects.filter(customer_id__in=[get_customer(alice).pk])
    with connection.cursor() as sql:
        sql.execute("ANALYZE payments_graphql_stripepaymentintent")
    middle = rows.order_by("created_at")[1500].created_at
    [newest] = rows.filter(created_at__lte=middle).order_by("-created_at")[:1]
    cursor = connect([newest], Page(first=1), rows.all).page_info.end_cursor
    where = {"first": {"first": 20, "after": cursor}, "last": {"last": 20, "before": cursor}}[end]

    plan = cut(rows, Page(**where, order=order))[:21].explain()

    assert "Index Scan" in plan
    assert "Sort" not in plan
    assert "Index Cond: ((customer_id = " in plan
