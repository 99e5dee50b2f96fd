"""Every list costs the same for 1, 20 and 100 rows, whatever is selected below it."""

from collections import Counter
from itertools import pairwise

import pytest
import strawberry
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from graphql import get_named_type

from payments_graphql.models import (
    Booking,
    Operation,
    RefundRequest,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.operations import actor_of
from schema.engine.context import Context
from schema.engine.errors import ERROR_TYPES
from schema.roots import PaymentsQuery
from schema.schema import schema

from .rows import make_everything
from .selecting import SDL, is_list, list_nodes, list_objects, select

pytestmark = pytest.mark.any_database

DEPTH = 2
"""Nested objects: a payment, its refund, the refund's payment with its amounts."""

NODES = {
    "Customer": User,
    "PaymentIntent": StripePaymentIntent,
    "Refund": StripeRefund,
    "RefundRequest": RefundRequest,
    "Dispute": StripeDispute,
    "Booking": Booking,
    "SetupIntent": StripeSetupIntent,
    "PaymentMethod": StripePaymentMethod,
}
ALL_LISTS = ("paymentIntents", "refunds", "refundRequests", "disputes", "bookings")
# `nodes` of each type it can return. `node` is the same for one of them.
ROOTS = [
    *sorted(set(SDL.query_type.fields) - {"paymentsConfig", "nodes"}),
    *(f"nodes of {type_name}" for type_name in NODES),
]


@pytest.fixture(scope="module")
def unlimited():
    """The same types without the limits of a document, which such selections would exceed."""
    return strawberry.Schema(query=PaymentsQuery, types=ERROR_TYPES, config=schema.config)


@pytest.fixture
def make_arguments(global_id):
    """What a field of the root needs, for the payment that has the most below it."""

    def make_arguments(name: str, user: User) -> dict[str, str]:
        refunds = Counter(StripeRefund.objects.values_list("payment_intent_id", flat=True))
        intent = StripePaymentIntent.objects.get(pk=refunds.most_common(1)[0][0])
        its_id = f'"{global_id("PaymentIntent", intent.pk)}"'
        setup = StripeSetupIntent.objects.latest("created_at")
        match name:
            case "paymentIntent":
                return {"by": f"{{id: {its_id}}}"}
            case "booking":
                return {"id": f'"{global_id("Booking", intent.booking_id)}"'}
            case "setupIntent":
                return {"id": f'"{global_id("SetupIntent", setup.pk)}"'}
            case "node":
                return {"id": its_id}
            case _ if name.startswith("nodes of "):
                type_name = name.removeprefix("nodes of ")
                rows = NODES[type_name].objects.all()[:100]
                ids = ", ".join(f'"{global_id(type_name, row.pk)}"' for row in rows)
                return {"ids": f"[{ids}]"}
            case "operation":
                Operation.objects.all().delete()
                Operation.objects.create(
                    actor=actor_of(user),
                    key="key",
                    kind="create_refund",
                    payment_intent=intent,
                    refund=StripeRefund.objects.filter(payment_intent=intent)[0],
                    dispute=StripeDispute.objects.filter(payment_intent=intent)[0],
                    setup_intent=setup,
                )
                return {"idempotencyKey": '"key"'}
            case _:
                return {"first": "100"} if "first" in SDL.query_type.fields[name].args else {}

    return make_arguments


def select_below(name: str) -> str:
    inner = get_named_type(SDL.query_type.fields[name.split(maxsplit=1)[0]].type).name
    if inner != "Node":
        return select(inner, DEPTH)
    type_name = name.removeprefix("nodes of ") if " " in name else "PaymentIntent"
    return f"... on {type_name} {{ {select(type_name, DEPTH)} }}"


def count_statements(unlimited, user: User, query: str) -> int:
    request = RequestFactory().post("/graphql/")
    request.user = User.objects.get(pk=user.pk)  # with no permissions read yet
    with CaptureQueriesContext(connection) as queries:
        result = unlimited.execute_sync(query, context_value=Context(request, HttpResponse()))
    assert result.errors is None
    assert all(result.data.values())
    return len(queries)


@pytest.mark.parametrize("name", ROOTS)
def test_twenty_rows_cost_as_many_statements_as_one(unlimited, make_arguments, alice, name):
    counts = list(_count_at((1, 20), unlimited, make_arguments, alice, alice, name))
    assert counts == counts[:1] * 2


def test_a_hundred_rows_cost_as_many_statements_as_one(unlimited, make_arguments, alice):
    arguments = (unlimited, make_arguments, alice, alice, "paymentIntents")
    counts = list(_count_at((1, 100), *arguments))
    assert counts == counts[:1] * 2


@pytest.mark.parametrize("name", [*ALL_LISTS])
def test_and_so_do_everybodys_for_staff(unlimited, make_arguments, alice, sam, name):
    counts = list(_count_at((1, 20), unlimited, make_arguments, alice, sam, name, scope="ALL"))
    assert counts == counts[:1] * 2


@pytest.mark.parametrize("name", ["paymentIntents", "bookings"])
def test_a_hundred_customers_cost_as_many_statements_as_one(unlimited, sam, name):
    query = f"""{{ {name}(scope: ALL, first: 100) {{ nodes {{ customer {{
        id username name email stripeCustomerId
        defaultPaymentMethod {{ last4 isDefault }} }} }} }} }}"""
    counts = []
    for missing in (1, 99):
        for number in range(missing):
            user = User.objects.create_user(f"customer {len(counts)}-{number}")
            make_everything(user, 1)
            default = StripePaymentMethod.objects.get(customer__user=user)
            StripeCustomer.objects.filter(user=user).update(default_payment_method=default)
        counts.append(count_statements(unlimited, sam, query))
    assert counts == counts[:1] * 2


def test_a_page_as_edges_and_as_nodes_costs_no_second_statement(unlimited, alice):
    make_everything(alice, 3)
    inner = "{ id refunds { id } customer { defaultPaymentMethod { id } } }"
    of_edges, of_nodes = f"edges {{ node {inner} }}", f"nodes {inner}"
    counts = {
        count_statements(unlimited, alice, f"{{ paymentIntents {{ {selection} }} }}")
        for selection in (of_edges, of_nodes, f"{of_edges} {of_nodes}")
    }
    assert len(counts) == 1


def _count_at(sizes, unlimited, make_arguments, owner, asking, name, **more):
    root = name.split()[0]
    for before, size in pairwise((0, *sizes)):
        make_everything(owner, size - before)
        arguments = make_arguments(name, owner) | more
        given = ", ".join(f"{key}: {value}" for key, value in arguments.items())
        query = f"{{ {root}{f'({given})' if given else ''} {{ {select_below(name)} }} }}"
        yield count_statements(unlimited, asking, query)


def test_every_type_with_an_id_is_asked_for_by_its_id():
    assert set(list_nodes()) == set(NODES)


def test_every_list_of_rows_is_selected_somewhere():
    """Otherwise the test above would prove nothing about it."""
    selected = " ".join(f"{name} {{ {select_below(name)} }}" for name in ROOTS)
    for type_ in list_objects():
        if type_.name in ("Query", "Mutation", "Subscription", "PaymentsConfig"):
            continue
        for name, field in type_.fields.items():
            if is_list(field) and name not in ("path", "allowed", "errors"):
                assert f" {name} {{" in selected, f"{type_.name}.{name}"
