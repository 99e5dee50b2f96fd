"""GraphQL over HTTP: whatever is sent, the answer is a GraphQL error as JSON and never a 500."""

import json

import pytest
from django.db import OperationalError

from payments_graphql.services import payment_intents as service

CREATE = """mutation($input: CreatePaymentIntentInput!) {
  createPaymentIntent(input: $input) { paymentIntent { id } errors { code path } }
}"""


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b" ", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        ("{}".encode("utf-16"), 400, "not JSON"),
        (b'{"query": "\\ud800"}', 400, "not JSON"),
        (b"[" * 5000 + b"]" * 5000, 400, "not JSON"),
        (b"null", 400, "must be a JSON object"),
        (b'"{ __typename }"', 400, "must be a JSON object"),
        (b'[{"query": "{ __typename }"}]', 400, "Batches are not supported"),
        (b"{}", 400, "No GraphQL query"),
        (b'{"query": null}', 400, "No GraphQL query"),
        (b'{"query": ""}', 400, "No GraphQL query"),
        (b'{"query": 1}', 400, "`query` must be a string"),
        (b'{"query": "{ __typename }", "variables": []}', 400, "`variables` must be an object"),
        (b'{"query": "{ __typename }", "variables": "{}"}', 400, "`variables` must be an object"),
        (b'{"query": "{ __typename }", "operationName": {}}', 400, "`operationName` must be"),
        (b'{"query": "{ __typename }", "operationName": "other"}', 400, "Unknown operation"),
        (b'{"query": "query A { __typename } query B { __typename }"}', 200, "`operationName`"),
        (b'{"query": "{ __typename }", "extensions": 1}', 400, "`extensions` must be an object"),
        (b'{"query": "fragment F on Query { __typename }"}', 400, "operation"),
        (b'{"query": "subscription { x }"}', 200, ""),
        (b'{"query": "{ nothing }"}', 200, "Cannot query field"),
        (b'{"query": "{"}', 200, "Syntax Error"),
        (b'{"query": "\\u0000"}', 200, "Syntax Error"),
        (b'{"query": "{ a(b: \\"\\\\ud800\\") }"}', 200, "Syntax Error"),
        (b'{"query": "' + b"{ a " * 3000 + b'"}', 200, "Syntax Error"),
    ],
)
def test_a_body_that_is_no_request_is_refused(as_alice, body, status, said):
    response = as_alice.post(body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    [error] = response.json()["errors"]
    assert said in error["message"]
    assert error["extensions"]["code"] in (
        "BAD_REQUEST",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_USER_INPUT",
    )


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_only_json_is_taken(as_alice, content_type):
    response = as_alice.http.post(
        "/graphql/",
        b'{"query": "{ __typename }"}',
        content_type=content_type,
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_json_with_a_charset_is_taken(as_nobody):
    response = as_nobody.http.post(
        "/graphql/", {"query": "{ __typename }"}, content_type="application/json; charset=utf-8"
    )
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post_is_answered(as_alice, method):
    response = getattr(as_alice.http, method)("/graphql/?query={me{username}}")
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_a_mutation_by_get_does_nothing(as_alice):
    response = as_alice.http.get("/graphql/", {"query": "mutation { __typename }"})
    assert response.status_code == 405
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


def test_too_large_a_body_is_refused(as_alice, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = as_alice.post({"query": "{ __typename }" + " " * 1000})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


def test_too_long_a_document_is_refused(as_alice):
    error = as_alice.ask_for_error("{ " + "__typename " * 5000 + "}")
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_a_missing_variable_is_a_coercion_error(as_alice):
    error = as_alice.ask_for_error(CREATE)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "$input" in error["message"]


@pytest.mark.parametrize(
    "mutation",
    [
        "createPaymentIntent",
        "confirmPaymentIntent",
        "capturePaymentIntent",
        "cancelPaymentIntent",
        "createRefund",
        "setDefaultPaymentMethod",
        "detachPaymentMethod",
    ],
)
@pytest.mark.parametrize("written", ["\\u0000", "\\u{0}", "a\\u{000000}b"])
def test_a_nul_written_into_the_document_is_an_error_in_the_payload(as_alice, mutation, written):
    field = "paymentMethodId" if mutation.endswith("PaymentMethod") else "paymentIntentId"
    fields = {field: f'"{written}"'}
    if mutation.startswith("create"):
        fields["idempotencyKey"] = f'"{written}"'
    if mutation == "createPaymentIntent":
        fields = {"idempotencyKey": f'"{written}"', "amount": "1", "currency": '"USD"'}
    given = ", ".join(f"{name}: {value}" for name, value in fields.items())
    payload = as_alice.ask(f"mutation {{ {mutation}(input: {{{given}}}) {{ errors {{ code }} }} }}")
    assert payload[mutation]["errors"] == [{"code": "INVALID_INPUT"}]


def test_an_unexpected_error_is_masked_and_found_in_the_log_by_its_id(
    as_alice, monkeypatch, caplog
):
    def fail(**values):
        raise RuntimeError("the password of the database is hunter2")

    # No request can cause a fault that nobody thought of.
    monkeypatch.setattr(service, "create_payment_intent", fail)
    error = as_alice.ask_for_error(
        CREATE, input={"idempotencyKey": "k", "amount": "1", "currency": "USD"}
    )

    assert error["message"] == "An unexpected error occurred."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "hunter2" not in json.dumps(error)
    assert error["extensions"]["id"] in caplog.text
    assert "RuntimeError" in caplog.text


def test_what_goes_wrong_outside_of_the_execution_is_masked_too(as_alice, monkeypatch, caplog):
    def fail(*values, **more):
        raise RuntimeError("the password of the database is hunter2")

    monkeypatch.setattr("schema.view.authenticate", fail)
    response = as_alice.post({"query": "{ __typename }"})

    assert response.status_code == 500
    [error] = response.json()["errors"]
    assert error["message"] == "An unexpected error occurred."
    assert error["extensions"]["id"] in caplog.text


def test_without_a_database_the_client_is_told_to_try_again(as_alice, monkeypatch):
    def fail(*values, **more):
        raise OperationalError("connection to 10.0.0.7 refused")

    with monkeypatch.context() as before_signing_in:
        before_signing_in.setattr("schema.view.authenticate", fail)
        response = as_alice.post({"query": "{ __typename }"})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "10.0.0.7" not in response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["retryable"] is True

    monkeypatch.setattr("schema.payment_methods.service.list_payment_methods", fail)
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


def test_introspection_is_for_development(as_alice, as_nobody, settings):
    query = "{ __schema { __typename } }"
    assert as_alice.ask_for_error(query)["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    settings.DEBUG = True
    assert as_nobody.ask(query) == {"__schema": {"__typename": "__Schema"}}
    settings.DEBUG = False
    assert as_alice.ask_for_error(query)["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
