"""A fragment on another type selects nothing from the object."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments_graphql.models import StripePaymentIntent
from tests.schema.conftest import GraphQLClient
from tests.schema.rows import make_everything

OTHERS = """
    ... on Refund { history { toStatus } paymentIntent { booking { reference } } }
    ... on Dispute { history { toStatus } }
    ... on SetupIntent { paymentMethod { last4 } history { toStatus } }
    ... on Booking { paymentIntents { refunds { id } } username }
"""
MATCHING = """
    ... on Node { id }
    ... on PaymentIntent { status refunds { id } }
    ... { __typename }
"""


@pytest.fixture
def payment_id(alice, global_id):
    make_everything(alice, 2)
    return global_id("PaymentIntent", StripePaymentIntent.objects.first().pk)


def ask(client, payment_id, selection):
    query = f"query($id: ID!) {{ node(id: $id) {{ {selection} }} }}"
    with CaptureQueriesContext(connection) as statements:
        node = client.ask(query, id=payment_id)["node"]
    return node, len(statements)


def test_it_costs_no_statement(as_alice, payment_id):
    plain, cost = ask(as_alice, payment_id, MATCHING)
    with_others, cost_with_others = ask(as_alice, payment_id, MATCHING + OTHERS)

    assert with_others == plain
    assert plain["refunds"]
    assert cost_with_others == cost


def test_it_needs_no_permission(sam, payment_id):
    may = Permission.objects.filter(codename__in=("view_stripepaymentintent", "view_striperefund"))
    sam.user_permissions.set(may)
    client = GraphQLClient(sam)

    node, _ = ask(client, payment_id, MATCHING + OTHERS)

    assert node["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "wrapped",
    [
        "... on Node { ... on PaymentIntent { refunds { id } } }",
        "... on PaymentIntent { ... { refunds { id } } }",
        "... { ... on PaymentIntent { refunds { id } } }",
    ],
)
def test_one_on_an_interface_or_on_nothing_is_looked_into(as_alice, payment_id, global_id, wrapped):
    """Otherwise each payment's refunds would need their own statement."""
    pks = StripePaymentIntent.objects.values_list("pk", flat=True)
    ids = [global_id("PaymentIntent", pk) for pk in pks]
    assert len(ids) > 2
    costs = []
    for selection in ("... on PaymentIntent { refunds { id } }", wrapped):
        with CaptureQueriesContext(connection) as statements:
            as_alice.ask(f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selection} }} }}", ids=ids)
        costs.append(len(statements))
    assert costs[0] == costs[1]
