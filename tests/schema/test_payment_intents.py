from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)

PAGE = """
query($filter: PaymentIntentFilter, $first: Int, $after: String, $last: Int, $before: String) {
  paymentIntents(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { stripePaymentIntentId } }
  }
}
"""
EVERYTHING = """
{
  paymentIntents(first: 100) {
    edges { node {
      id amount amountRefunded amountRefundable
      paymentMethod { id brand isDefault isExpired }
      ...Related
    } }
  }
}
fragment Related on PaymentIntent {
  booking { id reference amount }
  refunds { id amount paymentIntent { id booking { reference } } }
  disputes { id amount isClosed paymentIntent { id refunds { id } } }
}
"""


@pytest.fixture
def customer(alice):
    return StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_alice")


@pytest.fixture
def make(customer):
    """Rows like the mirror's: `make(3)` creates pi_0, pi_1 and pi_2, the last one the newest."""

    def make(count, *, start=0, **values):
        rows = []
        for number in range(start, start + count):
            given = {"amount": 1000, "currency": "USD", "customer": customer, **values}
            row = StripePaymentIntent.objects.create(
                stripe_payment_intent_id=f"pi_{number}", **given
            )
            created_at = timezone.now() - timedelta(days=1) + timedelta(seconds=number)
            StripePaymentIntent.objects.filter(pk=row.pk).update(created_at=created_at)
            rows.append(row)
        return rows

    return make


def ids(connection_):
    return [edge["node"]["stripePaymentIntentId"] for edge in connection_["edges"]]


def page(client, **variables):
    return client.ask(PAGE, **variables)["paymentIntents"]


def test_the_newest_comes_first(as_alice, make):
    make(3)
    shown = page(as_alice)
    assert ids(shown) == ["pi_2", "pi_1", "pi_0"]
    assert shown["totalCount"] == 3
    assert shown["pageInfo"]["startCursor"] == shown["edges"][0]["cursor"]
    assert shown["pageInfo"]["endCursor"] == shown["edges"][2]["cursor"]


def test_all_pages_are_counted_once_and_up_to_a_limit(as_alice, make, monkeypatch):
    make(3)
    count = "{ paymentIntents(first: 1) { totalCount hasMoreThanTotalCount } }"
    for most, expected in ((2, (2, True)), (3, (3, False))):
        monkeypatch.setattr("schema.engine.pagination.MOST_COUNTED", most)
        with CaptureQueriesContext(connection) as queries:
            shown = as_alice.ask(count)["paymentIntents"]
        assert (shown["totalCount"], shown["hasMoreThanTotalCount"]) == expected
        [counting] = [one["sql"] for one in queries if "COUNT(" in one["sql"]]
        assert f"LIMIT {most + 1}" in counting
        assert "ORDER BY" not in counting


def test_pages_forward_show_each_once_and_none_is_missing(as_alice, make):
    make(5)
    first = page(as_alice, first=2)
    second = page(as_alice, first=2, after=first["pageInfo"]["endCursor"])
    third = page(as_alice, first=2, after=second["pageInfo"]["endCursor"])

    assert [ids(first), ids(second), ids(third)] == [["pi_4", "pi_3"], ["pi_2", "pi_1"], ["pi_0"]]
    assert [shown["pageInfo"]["hasNextPage"] for shown in (first, second, third)] == [
        True,
        True,
        False,
    ]
    assert [shown["pageInfo"]["hasPreviousPage"] for shown in (first, second)] == [False, True]


def test_pages_backward_keep_the_order(as_alice, make):
    make(5)
    oldest = page(as_alice, last=2)
    newer = page(as_alice, last=2, before=oldest["pageInfo"]["startCursor"])

    assert [ids(oldest), ids(newer)] == [["pi_1", "pi_0"], ["pi_3", "pi_2"]]
    assert (oldest["pageInfo"]["hasPreviousPage"], oldest["pageInfo"]["hasNextPage"]) == (
        True,
        False,
    )
    assert newer["pageInfo"]["hasNextPage"] is True


def test_payments_of_the_same_moment_are_all_shown(as_alice, make):
    make(7)
    StripePaymentIntent.objects.update(created_at=timezone.now())
    seen, after = [], None
    for _ in range(7):
        shown = page(as_alice, first=1, after=after)
        seen += ids(shown)
        after = shown["pageInfo"]["endCursor"]

    assert sorted(seen) == [f"pi_{number}" for number in range(7)]
    assert page(as_alice, first=1, after=after)["edges"] == []
    backward = page(as_alice, last=3, before=after)
    assert ids(backward) == seen[3:6]


def test_a_payment_made_meanwhile_does_not_move_the_pages(as_alice, make):
    make(4)
    first = page(as_alice, first=2)
    make(1, start=9)
    assert ids(page(as_alice, first=2, after=first["pageInfo"]["endCursor"])) == ["pi_1", "pi_0"]


def test_twenty_are_shown_by_default(as_alice, make):
    make(21)
    shown = page(as_alice)
    assert len(shown["edges"]) == 20
    assert shown["pageInfo"]["hasNextPage"] is True


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"first": 0}, "first"),
        ({"first": -1}, "first"),
        ({"first": 101}, "first"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "nothing"}, "after"),
        ({"after": ""}, "after"),
        ({"after": "é"}, "after"),
        ({"after": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTo1"}, "after"),
        ({"after": "MTo1"}, "after"),
        ({"before": "MToA"}, "before"),
        ({"before": "\0"}, "before"),
    ],
)
def test_a_bad_page_is_a_clear_error(as_alice, make, arguments, named):
    make(1)
    error = as_alice.ask_for_error(PAGE, **arguments)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert f"`{named}`" in error["message"]


def test_a_first_that_is_no_32_bit_integer_is_a_coercion_error(as_alice):
    assert as_alice.ask_for_error(PAGE, first=2**31)["extensions"]["code"] == "BAD_USER_INPUT"


def test_they_are_filtered_by_status(as_alice, make):
    make(1, status="succeeded")
    make(1, start=1, status="canceled")
    make(1, start=2)

    assert ids(page(as_alice, filter={"status": ["SUCCEEDED", "CANCELED"]})) == ["pi_1", "pi_0"]
    assert ids(page(as_alice, filter={"status": []})) == []
    assert len(page(as_alice, filter={})["edges"]) == 3


def test_they_are_filtered_by_booking(as_alice, make, booking, global_id):
    make(1, booking=booking)
    make(1, start=1)

    shown = page(as_alice, filter={"bookingId": global_id("Booking", booking.pk)})
    assert ids(shown) == ["pi_0"]
    assert ids(page(as_alice, filter={"bookingId": "nothing"})) == []


def test_another_persons_are_not_shown(as_bob, as_sam, make, booking, global_id):
    make(1, booking=booking)
    for client in (as_bob, as_sam):
        assert page(client)["edges"] == []
        assert page(client)["totalCount"] == 0
        assert page(client, filter={"bookingId": global_id("Booking", booking.pk)})["edges"] == []


def test_a_payment_that_stripe_has_not_accepted_yet_is_hidden(as_alice, customer, booking):
    StripePaymentIntent.objects.create(
        customer=customer, amount=1000, currency="USD", booking=booking
    )
    assert page(as_alice)["edges"] == []
    bookings = as_alice.ask("{ bookings { edges { node { paymentIntents { id } } } } }")["bookings"]
    assert bookings["edges"][0]["node"]["paymentIntents"] == []


@pytest.mark.parametrize("field", ["clientSecret", "nextAction { type }"])
def test_what_only_stripe_knows_is_not_read_in_a_list(as_alice, make, field, sandbox):
    make(1, status="requires_action")
    answer = as_alice.ask_for_answer(f"{{ paymentIntents {{ edges {{ node {{ {field} }} }} }} }}")

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "`paymentIntent`" in error["message"]
    assert sandbox.requests() == []


def test_twenty_payments_cost_as_many_statements_as_one(as_alice, alice, customer, make):
    def fill(count, start):
        for number, intent in enumerate(make(count, start=start, status="succeeded"), start):
            intent.amount_received = 1000
            intent.booking = Booking.objects.create(
                reference=f"B{number}", user=alice, amount=1000, currency="USD"
            )
            intent.payment_method = StripePaymentMethod.objects.create(
                customer=customer, stripe_payment_method_id=f"pm_{number}", brand="visa"
            )
            intent.save()
            for index in range(2):
                StripeRefund.objects.create(
                    payment_intent=intent,
                    stripe_refund_id=f"re_{number}_{index}",
                    status="succeeded",
                    amount=100,
                    currency="USD",
                )
                StripeDispute.objects.create(
                    payment_intent=intent,
                    stripe_dispute_id=f"du_{number}_{index}",
                    status="lost",
                    amount=200,
                    amount_withdrawn=200,
                    currency="USD",
                )

    def count_statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = as_alice.ask(EVERYTHING)
        return len(queries), answer["paymentIntents"]["edges"]

    fill(1, 0)
    for_one, [edge] = count_statements()
    assert edge["node"]["amountRefunded"] == "2.00"
    assert edge["node"]["amountRefundable"] == "4.00"
    assert [dispute["amount"] for dispute in edge["node"]["disputes"]] == ["2.00", "2.00"]
    assert edge["node"]["refunds"][0]["paymentIntent"]["booking"] == {"reference": "B0"}

    fill(19, 1)
    for_twenty, edges = count_statements()
    assert len(edges) == 20
    assert for_twenty == for_one
    # Session, user, the customer's ids, the payments with what is joined, their refunds and
    # disputes, and the refunds of the disputes' payments.
    assert for_one <= 9


def test_the_list_is_not_joined_to_the_user(as_alice, make):
    make(1)
    with CaptureQueriesContext(connection) as queries:
        page(as_alice, first=1)
    read = [query["sql"] for query in queries if "stripepaymentintent" in query["sql"]]
    assert read
    assert not any("auth_user" in sql for sql in read)


def test_a_page_bounds_the_first_column_of_the_order(as_alice, make):
    """Without it PostgreSQL reads every newer row to apply the OR of the two columns."""
    make(2)
    after = page(as_alice, first=1)["pageInfo"]["endCursor"]
    with CaptureQueriesContext(connection) as queries:
        page(as_alice, first=1, after=after)
    [sql] = [query["sql"] for query in queries if '"created_at" <' in query["sql"]]
    assert '"created_at" <=' in sql
