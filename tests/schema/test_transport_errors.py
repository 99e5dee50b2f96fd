"""The errors of an answer: expected ones say what is wrong, all others only an id in the log."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from graphql import ValidationRule

from payments_graphql.services import payment_intents as service
from schema.engine import extensions
from schema.http.media_types import GRAPHQL_RESPONSE
from schema.schema import schema

CREATE = """mutation($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) { paymentIntent { id } errors { code path } }
}"""
INPUT = {"idempotencyKey": "k", "amount": "1", "currency": "USD"}


def fail(*values: Any, **more: Any) -> Any:
    raise RuntimeError("the password of the database is hunter2")


class FailingRule(ValidationRule):
    def enter_field(self, *_: Any) -> None:
        fail()


def test_an_unexpected_error_is_masked_and_found_in_the_log_by_its_id(
    as_alice, monkeypatch, caplog
):
    # No request can cause an unexpected error.
    monkeypatch.setattr(service, "create_payment_intent", fail)
    error = as_alice.ask_for_error(CREATE, input=INPUT)

    assert error["message"] == "An unexpected error occurred."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "hunter2" not in json.dumps(error)
    assert error["extensions"]["id"] in caplog.text
    assert "RuntimeError" in caplog.text


def test_what_goes_wrong_outside_of_the_execution_is_masked_too(as_alice, monkeypatch, caplog):
    monkeypatch.setattr("schema.http.view.authenticate", fail)
    response = as_alice.post({"query": "{ __typename }"})

    assert response.status_code == 500
    [error] = response.json()["errors"]
    assert error["message"] == "An unexpected error occurred."
    assert error["extensions"]["id"] in caplog.text


def test_without_a_database_the_client_is_told_to_try_again(as_alice, monkeypatch):
    def be_away(*values, **more):
        raise OperationalError("connection to 10.0.0.7 refused")

    with monkeypatch.context() as before_signing_in:
        before_signing_in.setattr("schema.http.view.authenticate", be_away)
        response = as_alice.post({"query": "{ __typename }"})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "10.0.0.7" not in response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["retryable"] is True

    monkeypatch.setattr("schema.types.payment_methods.service.list_payment_methods", be_away)
    error = as_alice.ask_for_error("{ paymentMethods { id } }")
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "10.0.0.7" not in str(error)


def test_an_expected_error_is_not_logged_as_one(as_alice, caplog):
    as_alice.ask_for_error("{ nothing }")
    assert "ERROR" not in caplog.text


def test_the_document_of_a_failed_request_is_not_logged(as_alice, caplog):
    caplog.set_level("DEBUG")
    as_alice.ask_for_error('{ nothing(token: "hunter2") }')
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "place",
    [
        "schema.http.view.Context",
        "schema.engine.extensions.check_document",
        "schema.engine.extensions.compute_cost",
        "schema.engine.extensions._Terms.read",
        "schema.engine.extensions.Cost.get_results",
        "schema.http.view.respond",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_RESPONSE])
def test_what_goes_wrong_around_an_operation_is_masked(
    as_alice, monkeypatch, caplog, place, accept
):
    extensions.valid_documents.clear()
    with monkeypatch.context() as patch:
        # No request can cause an unexpected error.
        patch.setattr(place, fail)
        response = as_alice.post({"query": "{ __typename }"}, Accept=accept)

    assert response.status_code == 500
    answer = response.json()
    assert "data" not in answer
    assert "hunter2" not in response.text
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["id"] in caplog.text


def test_what_goes_wrong_in_a_validation_rule_is_masked(as_alice, monkeypatch, caplog):
    extensions.valid_documents.clear()
    monkeypatch.setattr(extensions, "MaybeNullValidationRule", FailingRule)
    response = as_alice.post({"query": "{ __typename }"})
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert response.json()["errors"][0]["extensions"]["id"] in caplog.text


@pytest.mark.parametrize("written", ["$amount", '"1"'])
def test_what_goes_wrong_in_a_scalar_is_masked(as_alice, monkeypatch, caplog, written):
    scalar = schema._schema.type_map["Decimal"]
    for name in ("coerce_input_value", "coerce_input_literal", "parse_value", "parse_literal"):
        if hasattr(scalar, name):
            monkeypatch.setattr(scalar, name, fail)
    variable = "($amount: Decimal)" if written == "$amount" else ""
    given = f'{{idempotencyKey: "k", currency: "USD", amount: {written}}}'
    response = as_alice.post(
        {
            "query": f"mutation{variable} {{ createPaymentIntent(input: {given}) {{ replayed }} }}",
            "variables": {"amount": "1"} if variable else {},
        }
    )
    assert "hunter2" not in response.text
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["id"] in caplog.text


def test_introspection_is_refused_unless_it_is_on(as_alice, as_nobody, settings):
    for query in ("{ __schema { __typename } }", '{ __type(name: "Query") { name } }'):
        settings.PAYMENTS_GRAPHQL_INTROSPECTION = False
        error = as_alice.ask_for_error(query)
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        settings.PAYMENTS_GRAPHQL_INTROSPECTION = True
        assert as_nobody.ask(query)
        # A document that was cached as valid is refused once it is off again.
        settings.PAYMENTS_GRAPHQL_INTROSPECTION = False
        assert as_alice.ask_for_error(query)


def test_introspection_and_suggestions_follow_debug_where_they_are_not_set(settings):
    from payments_graphql.conf import conf

    del settings.PAYMENTS_GRAPHQL_INTROSPECTION
    del settings.PAYMENTS_GRAPHQL_SUGGESTIONS
    for debug in (True, False):
        settings.DEBUG = debug
        assert conf.PAYMENTS_GRAPHQL_INTROSPECTION is debug
        assert conf.PAYMENTS_GRAPHQL_SUGGESTIONS is debug


PAYMENTS = "query($f: PaymentIntentFilter) { paymentIntents(filter: $f) { totalCount } }"


@pytest.mark.parametrize(
    ("query", "variables", "name"),
    [
        ("{ paymentIntens { totalCount } }", {}, "paymentIntents"),
        ("{ paymentIntents { totalCoun } }", {}, "totalCount"),
        ("{ paymentIntents(firs: 1) { totalCount } }", {}, "first"),
        ("{ paymentIntents { ... on PaymentInten { id } } }", {}, "'PaymentIntent'"),
        ("{ paymentIntents(filter: {statu: SUCCEEDED}) { totalCount } }", {}, "status"),
        ("{ paymentIntents(filter: {status: SUCCEEDE}) { totalCount } }", {}, "SUCCEEDED"),
        ("query($f: PaymentIntentFilte) { __typename }", {}, "PaymentIntentFilter"),
        (PAYMENTS, {"f": {"statu": []}}, "status"),
        (PAYMENTS, {"f": {"status": ["SUCCEEDE"]}}, "SUCCEEDED"),
        ("{ __typename @skp(if: true) }", {}, "skip"),
        ("{ __typename @skip(i: true) }", {}, "'if'?"),
    ],
)
def test_no_name_is_suggested_unless_suggestions_are_on(as_alice, settings, query, variables, name):
    settings.PAYMENTS_GRAPHQL_SUGGESTIONS = False
    said = str(as_alice.ask_for_answer(query, **variables)["errors"])
    assert "Did you mean" not in said
    assert name not in said


def test_names_are_suggested_where_suggestions_are_on(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_SUGGESTIONS = True
    error = as_alice.ask_for_error("{ paymentIntens { totalCount } }")
    assert "Did you mean 'paymentIntent', 'paymentIntents'" in error["message"]


def test_an_error_repeats_no_more_of_what_was_sent_than_people_read(as_alice):
    error = as_alice.ask_for_error("{ " + "x" * 5000 + " }")
    assert len(error["message"]) <= 501


@pytest.mark.parametrize("count", [3, 4, 5, 50])
def test_the_errors_of_an_answer_are_capped(as_nobody, settings, count):
    settings.PAYMENTS_GRAPHQL_MAX_ERRORS = 3
    settings.PAYMENTS_GRAPHQL_MAX_ALIASES = 50
    fields = " ".join(f'a{n}: paymentIntent(by: {{id: "x"}}) {{ id }}' for n in range(count))
    errors = as_nobody.ask_for_answer(f"{{ {fields} }}")["errors"]
    assert len(errors) == min(count, 4)
    if count > 4:
        assert errors[-1]["extensions"] == {"code": "MORE_ERRORS", "count": count - 3}
        assert str(count - 3) in errors[-1]["message"]
    else:
        assert all(error["extensions"]["code"] == "UNAUTHENTICATED" for error in errors)


def test_the_errors_of_validation_are_capped(as_alice):
    names = " ".join(f"nothing{number}" for number in range(100))
    errors = as_alice.ask_for_answer(f"{{ {names} }}")["errors"]
    assert len(errors) == 11


def test_the_errors_of_variables_are_capped(as_alice):
    errors = as_alice.ask_for_answer(PAYMENTS, f={"status": ["x"] * 100})["errors"]
    assert len(errors) == 11
