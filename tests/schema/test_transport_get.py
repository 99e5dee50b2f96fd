"""Queries by GET, in the query string, and only queries."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments_graphql.models import StripePaymentIntent
from schema.http.media_types import GRAPHQL_RESPONSE

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
BY_ID = "query A($id: ID!) { paymentIntent(by: {id: $id}) { id } } query B { __typename }"


def get(client, headers=SAME_ORIGIN, **parameters):
    return client.http.get("/graphql/", parameters, headers=headers)


def test_a_query_with_all_its_parameters_is_answered(as_alice, pay, alice, global_id):
    own = global_id("PaymentIntent", pay(alice).pk)
    response = get(
        as_alice,
        query=BY_ID,
        operationName="A",
        variables=json.dumps({"id": own}),
        extensions='{"some": "value"}',
        unknown="ignored",
    )
    assert response.status_code == 200
    assert response.json()["data"] == {"paymentIntent": {"id": own}}


def test_empty_parameters_count_as_none(as_nobody):
    response = get(as_nobody, query="{ __typename }", operationName="", variables="", extensions="")
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("query_string", "said"),
    [
        ("", "has no `query`"),
        ("query=", "has no `query`"),
        ("query={__typename}&query={me{username}}", "more than once"),
        ("query={__typename}&variables=[]", "`variables` must be an object"),
        ("query={__typename}&variables={", "`variables` is not JSON"),
        ('query={__typename}&variables={"a":1,"a":2}', "a duplicate name"),
        ("query={__typename}&variables=" + "[" * 5000, "nested too deeply"),
        ("query={__typename}&extensions=1", "`extensions` must be an object"),
        ("query=%ff", "not UTF-8"),
        ("query=%ed%a0%80", "not UTF-8"),
        ("&".join(f"a{number}=1" for number in range(200)), "too many parameters"),
    ],
)
def test_a_query_string_that_is_no_request_is_refused(as_nobody, query_string, said):
    response = as_nobody.http.get(f"/graphql/?{query_string}")
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert said in error["message"]
    assert error["extensions"]["code"] == "BAD_REQUEST"


def test_too_long_a_query_string_is_refused(as_nobody, settings):
    settings.PAYMENTS_GRAPHQL_MAX_BODY = 1000
    query_string = "query={__typename}&x="
    address = f"/graphql/?{query_string}"
    assert as_nobody.http.get(address + "x" * (1000 - len(query_string))).status_code == 200
    assert as_nobody.http.get(address + "x" * (1001 - len(query_string))).status_code == 414


@pytest.mark.parametrize(
    "mutation",
    [
        "mutation { __typename }",
        'mutation { cancelPaymentIntent(input: {paymentIntentId: "x"}) { errors { code } } }',
    ],
)
def test_a_mutation_by_get_is_refused_and_does_nothing(as_alice, mutation):
    with CaptureQueriesContext(connection) as statements:
        response = get(as_alice, query=mutation)
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert all(one["sql"].startswith("SELECT") for one in statements)


def test_a_mutation_is_refused_also_when_its_name_chooses_it(as_alice):
    document = "query A { __typename } mutation B { __typename }"
    assert get(as_alice, query=document, operationName="A").status_code == 200
    assert get(as_alice, query=document, operationName="B").status_code == 405


def test_a_subscription_is_refused_with_a_word_of_how(as_alice):
    response = get(as_alice, {**SAME_ORIGIN, "Accept": GRAPHQL_RESPONSE}, query="subscription {x}")
    assert response.status_code == 400
    assert "text/event-stream" in response.json()["errors"][0]["message"]


def test_a_query_writes_nothing(as_alice, alice, service):
    created = service.create_payment_intent(user=alice, amount="1", currency="USD")
    stripe_id = created["payment_intent"].stripe_payment_intent_id
    query = f'{{ paymentIntent(by: {{stripeId: "{stripe_id}"}}) {{ version clientSecret }} }}'
    before = StripePaymentIntent.objects.values().get()
    with CaptureQueriesContext(connection) as statements:
        response = get(as_alice, query=query)
    assert response.json()["data"]["paymentIntent"]["clientSecret"]
    assert all(one["sql"].startswith("SELECT") for one in statements)
    assert StripePaymentIntent.objects.values().get() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_a_session_from_another_site_is_refused(as_alice, site):
    headers = {"Sec-Fetch-Site": site} if site else {}
    response = get(as_alice, headers, query="{ me { username } }")
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "CSRF_FAILED"
    assert "alice" not in response.text


def test_a_session_with_a_header_that_no_other_site_can_send_is_taken(as_alice):
    response = get(as_alice, {"X-CSRFToken": "any"}, query="{ __typename }")
    assert response.status_code == 200


def test_nobody_may_ask_from_anywhere(as_nobody):
    response = get(as_nobody, {"Sec-Fetch-Site": "cross-site"}, query="{ __typename }")
    assert response.status_code == 200


def test_graphiql_is_shown_to_a_browser_and_the_answer_to_programs(as_nobody, settings):
    settings.DEBUG = settings.PAYMENTS_GRAPHIQL = True
    page = get(as_nobody, {"Accept": "text/html,*/*;q=0.8"}, query="{ __typename }")
    assert page["Content-Type"].startswith("text/html")
    answer = get(as_nobody, {"Accept": "application/json"}, query="{ __typename }")
    assert answer.json()["data"] == {"__typename": "Query"}
