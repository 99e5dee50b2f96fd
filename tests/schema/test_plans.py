"""Plans answer exactly what graphql-core answers: see Note [Plans]."""

import base64
import os
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from graphql import GraphQLObjectType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from payments_graphql.models import (
    Booking,
    RefundRequest,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from schema.engine.context import Context
from schema.engine.kept_children import KeptPage
from schema.execution.readers import Unplanned, read_field
from schema.execution.writers import find_declaration
from schema.schema import schema
from tests.admin.rows import make_payment
from tests.schema.random_queries import VARIABLES, RandomQuery, list_roots

_WHOSE = ("owner", "other", "staff", "clerk", "stranger")


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    """Two owners with each other's rows in between, and rows that cannot be shown."""
    for number in (1, 2):
        make_payment(number)
    owner, other = User.objects.get(username="user1"), User.objects.get(username="user2")
    moved = Booking.objects.get(reference="REF-1")
    Booking.objects.filter(pk=moved.pk).update(user=other)
    first = StripePaymentIntent.objects.get(stripe_payment_intent_id="pi_1")
    second = StripePaymentIntent.objects.get(stripe_payment_intent_id="pi_2")
    odd: list[dict[str, Any]] = [
        {"status": "paused"},  # not a value of the enumeration
        {"metadata": ["not", "pairs"]},
        {"currency": "ZZZ", "description": "", "payment_method": None},
        {"payment_method": second.payment_method},
        {"booking": second.booking, "last_error": {"code": "card_declined"}},
    ]
    for number, values in enumerate(odd, start=10):
        StripePaymentIntent.objects.create(
            customer=first.customer,
            amount=700,
            stripe_payment_intent_id=f"pi_{number}",
            **{"status": "canceled", "currency": "USD", **values},
        )
    clerk = User.objects.create_user("clerk", is_staff=True)
    seen = ("view_stripepaymentintent", "view_striperefund")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=seen))
    return {
        "owner": owner,
        "other": other,
        "staff": User.objects.create_superuser("boss"),
        "clerk": clerk,
        "stranger": AnonymousUser(),
    }


def _execute(text: str, user: Any, variables: Any = VARIABLES) -> Any:
    request = RequestFactory().post("/graphql/")
    request.user = user
    context = Context(request=request, response=HttpResponse())
    result = schema.execute_sync(text, variable_values=dict(variables), context_value=context)
    errors = [error.formatted for error in result.errors or ()]
    for error in errors:
        error.get("extensions", {}).pop("id", None)  # random: it is in the log
    return {"data": result.data, "errors": errors, "extensions": result.extensions}


def _compare(text: str, user: Any) -> Any:
    """Executes twice, since the second answer comes from what the first one kept."""
    with override_settings(PAYMENTS_GRAPHQL_PLANS=False):
        expected = _execute(text, user)
    for _ in range(2):
        assert orjson.dumps(_execute(text, user)) == orjson.dumps(expected), text
    return expected


@settings(
    max_examples=1000 if os.environ.get("FAULTS") == "full" else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(random=st.randoms(use_true_random=False), who=st.sampled_from(_WHOSE))
def test_random_queries_get_the_same_answer(people: dict[str, Any], random: Any, who: str) -> None:
    ids = {
        "PaymentIntent": _list_ids("PaymentIntent", StripePaymentIntent),
        "Refund": _list_ids("Refund", StripeRefund),
        "Booking": _list_ids("Booking", Booking),
        "SetupIntent": _list_ids("SetupIntent", StripeSetupIntent),
    }
    roots = list_roots(ids)
    assert roots.keys() == schema._schema.query_type.fields.keys()
    query = RandomQuery(schema._schema, random, roots)
    _compare(query.text, people[who])


_OWN = """query Own($after: String, $first: Int) {
  paymentIntents(first: $first, after: $after) {
    nodes { id status amount paymentMethod { last4 } booking { reference } refunds { amount } }
    pageInfo { endCursor hasNextPage }
  }
}"""


def _list_fields() -> list[tuple[str, str, Any]]:
    shown = [
        one
        for name, one in schema._schema.type_map.items()
        if isinstance(one, GraphQLObjectType)
        and not name.startswith("__")
        and name not in ("Query", "Mutation", "Subscription")
    ]
    return [(one.name, name, one) for one in shown for name in one.fields]


@pytest.mark.any_database
@pytest.mark.parametrize(("of_type", "name", "shown"), _list_fields())
def test_every_field_can_be_planned_but_those_that_call_stripe(
    of_type: str, name: str, shown: GraphQLObjectType
) -> None:
    declaration = find_declaration(shown, shown.fields[name])
    if name in ("clientSecret", "nextAction") and of_type in ("PaymentIntent", "SetupIntent"):
        with pytest.raises(Unplanned, match="must not be read twice"):
            read_field(*declaration, bind=str)
    else:
        read_field(*declaration, bind=str)


@pytest.mark.any_database
def test_an_answer_without_errors_is_written_by_its_plan_alone(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("graphql-core was asked")

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, _BY_GRAPHQL_CORE, fail)
    answer = _execute(_OWN, people["other"], {"first": 5})

    assert not answer["errors"]
    assert [one["status"] for one in answer["data"]["paymentIntents"]["nodes"]] == ["SUCCEEDED"]


@pytest.mark.any_database
def test_without_plans_graphql_core_writes_everything(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = getattr(StrawberryGraphQLCoreExecutionContext, _BY_GRAPHQL_CORE)

    def note(self: Any, *arguments: Any) -> Any:
        asked.append(arguments[0])
        return original(self, *arguments)

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, _BY_GRAPHQL_CORE, note)
    with override_settings(PAYMENTS_GRAPHQL_PLANS=False):
        _execute(_OWN, people["other"], {"first": 5})

    assert "PaymentIntent" in [one.name for one in asked]


def test_a_kept_statement_shows_everyone_their_own_rows(people: dict[str, Any]) -> None:
    """The statement of one caller is used for the next one, and for the next page."""

    def list_stripe_ids(user: Any, **variables: Any) -> tuple[list[str], str]:
        page = _execute(_IDS, user, variables)["data"]["paymentIntents"]
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
        answer = _execute("{ refundRequests { nodes { requestedBy } } }", person, {})
        names = [node["requestedBy"] for node in answer["data"]["refundRequests"]["nodes"]]
        assert names == [person.username]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no SQL")
def test_the_text_of_a_known_statement_is_not_made_again(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    original = SQLCompiler.as_sql

    def note(self: Any, *arguments: Any, **named: Any) -> Any:
        made.append(self.query.model)
        return original(self, *arguments, **named)

    monkeypatch.setattr(SQLCompiler, "as_sql", note)
    for user in ("owner", "other"):
        made.clear()
        _execute(_IDS, people[user], {"first": 5})

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


_BY_GRAPHQL_CORE = "collect_and_execute_subfields"
_IDS = """query Ids($after: String, $first: Int) {
  paymentIntents(first: $first, after: $after) {
    nodes { stripePaymentIntentId }
    pageInfo { endCursor }
  }
}"""


def _list_ids(name: str, model: Any) -> list[str]:
    keys = model.objects.order_by("pk").values_list("pk", flat=True)
    return [base64.b64encode(f"{name}:{pk}".encode()).decode() for pk in keys]
