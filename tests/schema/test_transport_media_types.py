"""The answer has the media type that the client prefers, and the status that fits it."""

import pytest

from schema.http.media_types import GRAPHQL_RESPONSE, JSON, choose_media_type

CREATE = """mutation($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) { errors { code } }
}"""


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE};q=0.9", JSON),
        (f"{JSON};q=0.8, {GRAPHQL_RESPONSE};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9, */*;q=0.1", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};charset=latin1, {JSON}", JSON),
        (f"{JSON};q=0, */*", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, application/*;q=0.1", JSON),
        ("text/html, */*;q=0.1", JSON),
        ("Application/GraphQL-Response+JSON", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE} ; Q=0.5 , {JSON} ; q=0.4", GRAPHQL_RESPONSE),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON};q=nan", None),
        ("*/*;q=0", None),
        (",;,=;q", None),
        ("text/event-stream", None),
    ],
)
def test_the_preferred_media_type_is_chosen(accept, chosen):
    assert choose_media_type(accept) == chosen


def test_nothing_acceptable_is_said_so(as_alice):
    response = as_alice.post({"query": "{ __typename }"}, Accept="text/html")
    assert response.status_code == 406
    assert response["Content-Type"] == f"{JSON}; charset=utf-8"
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "NOT_ACCEPTABLE"
    assert GRAPHQL_RESPONSE in error["message"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
def test_an_answer_with_data_is_200(as_alice, accept):
    response = as_alice.post({"query": "{ __typename }"}, Accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"] == f"{accept}; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{"},
        {"query": "{ nothing }"},
        {"query": CREATE},
        {"query": CREATE, "variables": {"input": 1}},
        {"query": "{ __typename }", "operationName": "other"},
        {"query": "query A { __typename } query B { __typename }"},
    ],
)
def test_what_was_not_executed_has_no_data(as_alice, asked):
    for accept, status in ((JSON, 200), (GRAPHQL_RESPONSE, 400)):
        response = as_alice.post(asked, Accept=accept)
        assert response.status_code == status
        assert "data" not in response.json()


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
def test_an_error_of_a_field_has_data_even_if_it_is_null(as_nobody, accept):
    response = as_nobody.post({"query": "{ paymentMethods { id } }"}, Accept=accept)
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_what_is_wrong_with_the_request_itself_is_said_in_the_preferred_media_type(as_alice):
    for headers in ({"Authorization": "Token x"}, {"Sec-Fetch-Site": "cross-site"}):
        response = as_alice.post({"query": "{ __typename }"}, Accept=GRAPHQL_RESPONSE, **headers)
        assert response.status_code in (401, 403)
        assert response["Content-Type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
        assert "data" not in response.json()


def test_no_answer_is_kept_or_sniffed(as_alice):
    for query in ("{ __typename }", "{"):
        response = as_alice.post({"query": query})
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Accept" in response["Vary"]
