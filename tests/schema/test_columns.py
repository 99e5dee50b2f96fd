"""A list reads only the columns that the selected fields declare, and no field reads more."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from graphql import get_named_type, is_composite_type

from payments_graphql.models import StripePaymentIntent
from schema.engine.columns import list_columns
from schema.engine.context import Context
from schema.engine.object_types import find_object_type_by_name
from schema.engine.prefetching import Plan
from schema.schema import schema
from tests.admin.rows import make_payment

from .selecting import SDL, select

PLACES = (
    ("PaymentIntent", "paymentIntents(first: 9) { nodes { %s } }"),
    ("Refund", "refunds(first: 9) { nodes { %s } }"),
    ("Dispute", "disputes(first: 9) { nodes { %s } }"),
    ("PaymentMethod", "paymentIntents(first: 9) { nodes { paymentMethod { %s } } }"),
    ("Booking", "paymentIntents(first: 9) { nodes { booking { %s } } }"),
    ("Refund", "paymentIntents(first: 9) { nodes { refunds { %s } } }"),
    ("Dispute", "paymentIntents(first: 9) { nodes { disputes { %s } } }"),
)
SAYING = [
    (name, field, place)
    for name, place in PLACES
    for field, columns in list_columns(find_object_type_by_name(name)).items()
    if columns is not None
]


@pytest.fixture
def owner(db: None) -> User:
    make_payment(1)
    owner = User.objects.get(username="user1")
    first = StripePaymentIntent.objects.get()
    for number in range(3):
        StripePaymentIntent.objects.create(
            customer=first.customer, booking=first.booking, payment_method=first.payment_method,
            amount=700, currency="USD", status="canceled", metadata={"trip": "LIS"},
            stripe_payment_intent_id=f"pi_{number + 10}", last_error={"code": "card_declined"},
        )  # fmt: skip
    return owner


def _ask(user: User, text: str) -> tuple[Any, list[str]]:
    request = RequestFactory().post("/graphql/")
    request.user = User.objects.get(pk=user.pk)  # without the permissions that are cached
    context = Context(request=request, response=HttpResponse())
    with CaptureQueriesContext(connection) as captured:
        result = schema.execute_sync(f"{{ {text} }}", context_value=context)
    assert not result.errors, result.errors
    return result.data, [one["sql"] for one in captured.captured_queries]


@pytest.mark.parametrize(("name", "field", "place"), SAYING)
def test_a_field_reads_no_more_than_it_declares(
    owner: User, name: str, field: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django would read a missing column row by row, by another statement."""
    inner = get_named_type(SDL.type_map[name].fields[field].type)
    below = f"{{ {select(inner.name, 0)} }}" if is_composite_type(inner) else ""
    text = place % f"{field} {below}"
    apply = Plan.apply
    with monkeypatch.context() as whole:
        whole.setattr(Plan, "apply", lambda self, rows, narrow: apply(self, rows))
        with override_settings(PAYMENTS_GRAPHQL_PLANS=False):
            expected, needed = _ask(owner, text)
    for _ in range(2):
        answer, statements = _ask(owner, text)
        assert answer == expected
        assert len(statements) == len(needed)


def test_columns_that_nobody_asked_for_are_not_read(owner: User) -> None:
    _answer, statements = _ask(
        owner, "paymentIntents { nodes { id amount booking { reference } } }"
    )
    [sql] = [one for one in statements if '"payments_graphql_stripepaymentintent"' in one]
    columns = sql.partition(" FROM ")[0]
    assert '."amount"' in columns
    assert '."reference"' in columns
    assert '."metadata"' not in columns
    assert '"payments_graphql_booking"."description"' not in columns


def test_columns_of_a_payments_refunds_that_nobody_asked_for_are_not_read(owner: User) -> None:
    answer, statements = _ask(owner, "paymentIntents { nodes { refunds { amount } } }")
    assert [one["refunds"] for one in answer["paymentIntents"]["nodes"]].count([]) == 3
    [sql] = [one for one in statements if 'FROM "payments_graphql_striperefund"' in one]
    columns = sql.partition(" FROM ")[0]
    assert '."amount"' in columns
    assert '."description"' not in columns


@pytest.mark.parametrize(
    "fields",
    [
        "refunds { id } amountRefunded",
        "amountRefundable refunds { amount }",
        "refunds { reason } hasMoreRefunds disputes { id } amountRefundable",
        "booking { reference } refunds { paymentIntent { description refunds { description } } }",
        "booking { paymentIntents { amount description } description }",
    ],
)
def test_fields_that_read_the_same_rows_share_them(owner: User, fields: str) -> None:
    """Each needs other columns, which Django would read row by row."""
    _ask(owner, f"paymentIntents(first: 9) {{ nodes {{ {fields} }} }}")
    _answer, statements = _ask(owner, f"paymentIntents(first: 9) {{ nodes {{ {fields} }} }}")
    assert not [sql for sql in statements if "LIMIT 21" in sql], statements


def test_a_field_that_does_not_say_reads_whole_rows(owner: User) -> None:
    _answer, statements = _ask(owner, "paymentIntents { nodes { id amountRefundable } }")
    [sql] = [one for one in statements if 'FROM "payments_graphql_stripepaymentintent"' in one]
    assert '."metadata"' in sql.partition(" FROM ")[0]
