import base64
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments_graphql.models import Booking, StripeSetupIntent

from .conftest import GraphQLClient
from .rows import get_customer, make_disputes, make_intents, make_methods, make_refunds

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = """
query($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on PaymentIntent { amount amountRefundable refunds { id } paymentMethod { last4 } }
    ... on Refund { amount paymentIntent { id } }
    ... on Booking { reference amountPaid }
  }
}
"""


@pytest.fixture
def ids(alice, booking, global_id):
    """One of Alice's rows of every type."""
    [intent] = make_intents(alice)
    setup = StripeSetupIntent.objects.create(
        customer=get_customer(alice), stripe_setup_intent_id="seti_1"
    )
    rows = {
        "PaymentIntent": intent,
        "Refund": make_refunds(intent)[0],
        "Dispute": make_disputes(intent)[0],
        "Booking": booking,
        "SetupIntent": setup,
        "PaymentMethod": make_methods(alice)[0],
        "Customer": alice,
    }
    return [global_id(type_name, row.pk) for type_name, row in rows.items()]


def test_each_type_is_found_by_its_id(as_alice, ids):
    for its_id in ids:
        type_name = base64.b64decode(its_id).decode().partition(":")[0]
        assert as_alice.ask(NODE, id=its_id)["node"] == {"__typename": type_name, "id": its_id}


def test_several_come_in_the_order_of_their_ids(as_alice, ids):
    shown = as_alice.ask(NODES, ids=[*reversed(ids), ids[0]])["nodes"]
    assert [node["id"] for node in shown] == [*reversed(ids), ids[0]]


def test_what_there_is_nothing_of_is_null_in_its_place(as_alice, ids, global_id):
    bad = [
        "",
        "nothing",
        "\0",
        "é",
        global_id("PaymentIntent", uuid.uuid4()),
        global_id("PaymentIntent", "1"),
        global_id("Booking", "9" * 40),
        global_id("StatusChange", 1),
        global_id("Nothing", uuid.uuid4()),
        ids[0] + "=",
    ]
    shown = as_alice.ask(NODES, ids=[bad[0], ids[0], *bad[1:], ids[1]])["nodes"]
    assert [node and node["id"] for node in shown] == [None, ids[0], *[None] * 9, ids[1]]
    for its_id in bad:
        assert as_alice.ask(NODE, id=its_id) == {"node": None}


def test_another_persons_is_null(as_bob, ids):
    assert as_bob.ask(NODES, ids=ids) == {"nodes": [None] * len(ids)}
    for its_id in ids:
        assert as_bob.ask(NODE, id=its_id) == {"node": None}


def test_staff_with_the_permissions_find_everybodys(as_sam, ids):
    assert [node["id"] for node in as_sam.ask(NODES, ids=ids)["nodes"]] == ids
    for its_id in ids:
        assert as_sam.ask(NODE, id=its_id)["node"]["id"] == its_id


@pytest.fixture
def rita(django_user_model):
    """Staff with the permissions that a test gives: `rita("view_stripepaymentintent")`."""
    user = django_user_model.objects.create_user("rita", is_staff=True)

    def rita(*codenames):
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert user.user_permissions.count() == len(codenames)
        return GraphQLClient(user)

    rita.user = user
    return rita


def test_each_type_takes_its_own_permission(rita, ids):
    shown = rita("view_stripepaymentintent").ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", ids=ids
    )["nodes"]
    assert [node["__typename"] for node in shown if node] == ["PaymentIntent"]
    assert rita("view_striperefund").ask(NODES, ids=ids)["nodes"] == [None] * len(ids)


def test_what_is_selected_inside_takes_its_permission_too(rita, ids):
    query = """query($id: ID!) { node(id: $id) {
        ... on PaymentIntent { customer { email } refunds { id } } } }"""
    may = ["view_stripepaymentintent", "view_striperefund"]
    assert rita(*may).ask(query, id=ids[0]) == {"node": None}
    shown = rita(*may, "view_stripecustomer").ask(query, id=ids[0])["node"]
    assert shown == {"customer": {"email": "alice@example.com"}, "refunds": [{"id": ids[1]}]}


def test_what_one_shows_does_not_open_the_others(rita, alice, global_id):
    """Alice paid Rita's booking. Rita may view Alice's payment, but not bookings."""
    client = rita("view_stripepaymentintent")
    hers = Booking.objects.create(reference="R", user=rita.user, amount=1, currency="USD")
    [intent] = make_intents(alice, booking=hers)
    query = """query($ids: [ID!]!) { nodes(ids: $ids) {
        ... on PaymentIntent { id } ... on Booking { paymentIntents { id } } } }"""
    ids = [global_id("PaymentIntent", intent.pk), global_id("Booking", hers.pk)]
    assert client.ask(query, ids=ids)["nodes"] == [{"id": ids[0]}, {"paymentIntents": []}]
    client = rita("view_stripepaymentintent", "view_booking")
    assert client.ask(query, ids=ids)["nodes"] == [
        {"id": ids[0]},
        {"paymentIntents": [{"id": ids[0]}]},
    ]


def test_users_of_the_site_who_never_booked_are_not_customers(as_sam, bob, sam, global_id):
    """Sam is still found by his own id."""
    ids = [global_id("Customer", bob.pk), global_id("Customer", sam.pk)]
    assert as_sam.ask(NODES, ids=ids)["nodes"] == [None, {"__typename": "Customer", "id": ids[1]}]


def test_they_need_to_be_signed_in(as_nobody, ids):
    assert as_nobody.ask_for_error(NODES, ids=ids)["extensions"]["code"] == "UNAUTHENTICATED"
    assert as_nobody.ask_for_error(NODE, id=ids[0])["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_hundred_are_the_most(as_alice):
    assert len(as_alice.ask(NODES, ids=["x"] * 100)["nodes"]) == 100
    error = as_alice.ask_for_error(NODES, ids=["x"] * 101)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "`ids`" in error["message"]


def test_many_cost_as_many_statements_as_one_of_each_type(as_alice, alice, global_id):
    def count_statements(intents):
        ids = [global_id("PaymentIntent", intent.pk) for intent in intents]
        ids += [global_id("Refund", refund.pk) for one in intents for refund in one.refunds.all()]
        with CaptureQueriesContext(connection) as queries:
            assert all(as_alice.ask(NODES, ids=ids)["nodes"])
        return len(queries)

    intents = make_intents(alice, 40)
    for intent in intents:
        make_refunds(intent)
    assert count_statements(intents) == count_statements(intents[:1])
