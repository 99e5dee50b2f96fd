"""Kept statements are for everybody, and show nobody more than a new one: see Note [Kept SQL]."""

from itertools import product
from random import Random
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings

from payments_graphql.models import RefundRequest, StripePaymentIntent
from schema.engine.kept_children import KeptPage
from schema.engine.nodes import encode_id
from tests.made_statements import noting_made_statements
from tests.schema.plans.executing import execute

_PAGES = """query Pages(
  $first: Int, $after: String, $last: Int, $scope: Scope, $filter: PaymentIntentFilter
  $orderBy: ListOrder! = CREATED_AT_DESC, $more: Boolean!
) {
  paymentIntents(
    first: $first, after: $after, last: $last, scope: $scope, filter: $filter, orderBy: $orderBy
  ) {
    nodes { id description amount booking @include(if: $more) { reference } refunds { amount } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    totalCount
  }
}"""
_ONE = """query One($id: ID!, $scope: Scope, $more: Boolean!) {
  paymentIntent(by: {id: $id}, scope: $scope) { id amount booking @include(if: $more) { id } }
  node(id: $id) { ... on PaymentIntent { description booking @include(if: $more) { id } } }
}"""
_USERS = ("owner", "other", "staff", "clerk", "stranger")
_FILTERS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"status": ["CANCELED"]},
    {"status": ["SUCCEEDED"]},
    {"status": []},
    {"amount": {"currency": "USD", "minimum": "7.00", "maximum": "7.00"}},
    {"amount": {"currency": "USD", "minimum": "7.01"}},
    {"username": "user1"},
    {"username": "user2"},
    {"createdAt": {"since": "2020-01-01T00:00:00Z"}},
    {"createdAt": {"before": "2020-01-01T00:00:00Z"}},
)


def _compare_in_turns(text: str, asked: list[tuple[Any, dict[str, Any]]]) -> None:
    """Each is asked twice, in several orders, so that what one has left is used for all others."""
    for number in range(3):
        document = f"{text} # {number}"  # for which nothing is kept yet
        with override_settings(PAYMENTS_GRAPHQL_PLANS=False):
            expected = [execute(document, user, variables) for user, variables in asked]
        assert len([one for one in expected if not one["errors"]]) > len(expected) / 3
        for _ in range(2):
            for (user, variables), answer in zip(asked, expected, strict=True):
                found = execute(document, user, variables)
                assert orjson.dumps(found) == orjson.dumps(answer), (user, variables)
        Random(number).shuffle(asked)


def test_one_document_for_all_people_scopes_and_filters(people: dict[str, Any]) -> None:
    first = execute(_PAGES, people["owner"], {"first": 2, "more": True, "scope": "OWN"})
    pages: list[dict[str, Any]] = [
        {"first": 2, "after": first["data"]["paymentIntents"]["pageInfo"]["endCursor"]},
        {"last": 2, "orderBy": "CREATED_AT_ASC"},
    ]
    asked = [
        (people[who], {**given, "scope": scope, "filter": wanted, "more": more})
        for who, given, scope, wanted, more in product(
            _USERS, pages, ("OWN", "ALL"), _FILTERS, (True, False)
        )
    ]
    _compare_in_turns(_PAGES, asked)


def test_one_document_for_all_payments(people: dict[str, Any]) -> None:
    keys = StripePaymentIntent.objects.order_by("created_at").values_list("pk", flat=True)
    ids = [encode_id("PaymentIntent", pk) for pk in keys]
    asked = [
        (people[who], {"id": one, "scope": scope, "more": more})
        for who, one, scope, more in product(
            _USERS, (*ids, "nonsense"), ("OWN", "ALL"), (True, False)
        )
    ]
    _compare_in_turns(_ONE, asked)


def test_a_kept_statement_shows_everyone_their_own_rows(people: dict[str, Any]) -> None:
    """The statement of one caller is used for the next one, and for the next page."""

    def list_stripe_ids(user: Any, **variables: Any) -> tuple[list[str], str]:
        page = execute(_IDS, user, variables)["data"]["paymentIntents"]
        return [one["stripePaymentIntentId"] for one in page["nodes"]], page["pageInfo"][
            "endCursor"
        ]

    everything, _cursor = list_stripe_ids(people["owner"], first=50)
    assert len(everything) == 6
    for _ in range(2):
        assert list_stripe_ids(people["other"], first=50)[0] == ["pi_2"]
        assert list_stripe_ids(people["owner"], first=50)[0] == everything
        seen: list[str] = []
        cursor = None
        for _ in range(3):
            found, cursor = list_stripe_ids(people["owner"], first=2, after=cursor)
            seen += found
        assert seen == everything


def test_people_without_customers_see_their_own_requests_alone(people: dict[str, Any]) -> None:
    """Refund requests are found by who asked, and so by no customer."""
    one, two = (User.objects.create_user(name, is_staff=True) for name in ("one", "two"))
    payment = StripePaymentIntent.objects.first()
    for person in (one, two):
        RefundRequest.objects.create(
            payment_intent=payment, amount=100, currency="USD", user=person,
            actor=f"user:{person.pk}", key=person.username,
        )  # fmt: skip

    for person in (one, two, one):
        answer = execute("{ refundRequests { nodes { requestedBy } } }", person, {})
        names = [node["requestedBy"] for node in answer["data"]["refundRequests"]["nodes"]]
        assert names == [person.username]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no SQL")
def test_the_text_of_a_known_statement_is_not_made_again(people: dict[str, Any]) -> None:
    execute(_IDS, people["owner"], {"first": 5})
    with noting_made_statements() as made:
        execute(_IDS, people["other"], {"first": 5})
    assert StripePaymentIntent not in made


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no SQL")
def test_what_a_page_has_fetched_is_like_a_queryset(
    people: dict[str, Any], django_assert_num_queries: Any
) -> None:
    own = StripePaymentIntent.objects.filter(customer__user=people["owner"]).order_by("created_at")
    page = own.prefetch_related("refunds", "disputes")[:50]
    kept = KeptPage(page, [], of_this_caller=object())
    with django_assert_num_queries(3):
        ours = kept.read([])
    djangos = list(page)
    assert ours == djangos
    assert any(one.refunds.all() for one in ours)
    with django_assert_num_queries(0):
        for mine, theirs in zip(ours, djangos, strict=True):
            for name in ("refunds", "disputes"):
                fetched, expected = getattr(mine, name), getattr(theirs, name)
                assert list(fetched.all()) == list(expected.all())
                assert fetched.count() == expected.count()
                assert list(fetched.all()[:1]) == list(expected.all()[:1])
                assert all(child.payment_intent is mine for child in fetched.all())
    [refunded] = [one for one in ours if one.refunds.all()]
    assert not refunded.refunds.filter(amount=-1)
    assert refunded.refunds.filter(amount__gt=0).exists()
    assert refunded.refunds.order_by("-amount").first() in refunded.refunds.all()
    assert kept.read([]) == ours


_IDS = """query Ids($after: String, $first: Int) {
  paymentIntents(first: $first, after: $after) {
    nodes { stripePaymentIntentId }
    pageInfo { endCursor }
  }
}"""
