"""Plans answer exactly what graphql-core answers: see Note [Plans]."""

import base64
import copy
import os
from typing import Any

import pytest
from django.test import override_settings
from graphql import GraphQLObjectType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from payments_graphql.models import (
    Booking,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from schema.execution.readers import Unplanned, read_field
from schema.execution.writers import find_declaration
from schema.schema import schema
from tests.schema.plans.executing import compare, execute
from tests.schema.random_queries import RandomQuery, list_roots

_WHOSE = ("owner", "other", "staff", "clerk", "stranger")


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
    compare(query.text, people[who])


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
@pytest.mark.parametrize("name", ["class", "amount or 1", "amount.real + 1"])
def test_only_names_of_attributes_are_read(name: str) -> None:
    """The names become text of a function."""
    declaration = find_declaration(PAYMENT, PAYMENT.fields["currency"])
    field = copy.copy(declaration[0])
    field.django_name = field.python_name = name
    with pytest.raises(Unplanned, match="not the name of an attribute"):
        read_field(field, declaration[1], bind=str)


@pytest.mark.any_database
def test_an_answer_without_errors_is_written_by_its_plan_alone(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("graphql-core was asked")

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, _BY_GRAPHQL_CORE, fail)
    answer = execute(_OWN, people["other"], {"first": 5})

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
        execute(_OWN, people["other"], {"first": 5})

    assert "PaymentIntent" in [one.name for one in asked]


PAYMENT = schema._schema.type_map["PaymentIntent"]
_BY_GRAPHQL_CORE = "collect_and_execute_subfields"


def _list_ids(name: str, model: Any) -> list[str]:
    keys = model.objects.order_by("pk").values_list("pk", flat=True)
    return [base64.b64encode(f"{name}:{pk}".encode()).decode() for pk in keys]
