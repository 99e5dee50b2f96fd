import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.models import Booking

FIELDS = """
id reference description amount currency amountPaid amountDue canceledAt
paymentIntents { status amount }
"""
OVERPAID = "query ($id: ID!) { booking(id: $id) { amountOverpaid } }"
ONE = f"query($id: ID!) {{ booking(id: $id) {{ {FIELDS} }} }}"
LIST = f"{{ bookings {{ totalCount edges {{ node {{ {FIELDS} }} }} }} }}"


def test_it_tells_the_price_and_what_is_due(as_alice, alice, booking, pay, global_id):
    its_id = global_id("Booking", booking.pk)
    unpaid = as_alice.ask(ONE, id=its_id)["booking"]
    assert unpaid["reference"] == "LIS-1"
    assert (unpaid["amount"], unpaid["amountPaid"], unpaid["amountDue"]) == (
        "99.99",
        "0.00",
        "99.99",
    )

    pay(alice, "50", None, booking=booking, partial=True)
    partly = as_alice.ask(ONE, id=its_id)["booking"]
    assert (partly["amountPaid"], partly["amountDue"]) == ("50.00", "49.99")
    assert partly["paymentIntents"] == [{"status": "SUCCEEDED", "amount": "50.00"}]


def test_nothing_is_due_once_it_is_canceled(as_alice, booking, global_id):
    booking.canceled_at = timezone.now()
    booking.save()
    shown = as_alice.ask(ONE, id=global_id("Booking", booking.pk))["booking"]
    assert shown["amountDue"] == "0.00"
    assert shown["canceledAt"] == booking.canceled_at.isoformat()


def test_what_was_paid_above_the_price_is_told(as_alice, alice, booking, pay, global_id):
    pay(alice, None, None, booking=booking)
    shown = as_alice.ask(OVERPAID, id=global_id("Booking", booking.pk))["booking"]
    assert shown["amountOverpaid"] == "0.00"

    Booking.objects.update(amount=8000)
    shown = as_alice.ask(OVERPAID, id=global_id("Booking", booking.pk))["booking"]
    assert shown["amountOverpaid"] == "19.99"


def test_they_are_listed(as_alice, booking):
    shown = as_alice.ask(LIST)["bookings"]
    assert shown["totalCount"] == 1
    assert [edge["node"]["reference"] for edge in shown["edges"]] == ["LIS-1"]


def test_another_persons_is_as_if_it_did_not_exist(as_bob, as_sam, booking, global_id):
    for client in (as_bob, as_sam):
        assert client.ask(ONE, id=global_id("Booking", booking.pk)) == {"booking": None}
        assert client.ask(LIST)["bookings"]["edges"] == []


@pytest.mark.parametrize(
    "its_id", ["nothing", "", "\0", "Qm9va2luZzo5OTk5OTk5OTk5OTk5OTk5OTk5OTk="]
)
def test_a_malformed_id_finds_nothing(as_alice, its_id):
    assert as_alice.ask(ONE, id=its_id) == {"booking": None}


def test_two_cost_as_many_statements_as_one(as_alice, alice, booking, pay):
    def count_statements():
        with CaptureQueriesContext(connection) as queries:
            shown = as_alice.ask(LIST)["bookings"]["edges"]
        return len(queries), [edge["node"]["amountPaid"] for edge in shown]

    pay(alice, None, None, booking=booking)
    for_one, paid = count_statements()
    assert paid == ["99.99"]

    another = Booking.objects.create(reference="ROM-1", user=alice, amount=500, currency="USD")
    pay(alice, None, None, booking=another)
    for_two, paid = count_statements()
    assert paid == ["5.00", "99.99"]
    assert for_two == for_one
