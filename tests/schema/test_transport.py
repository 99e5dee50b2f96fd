"""GraphQL over HTTP: whatever is sent, the answer is a GraphQL error as JSON and never a 500."""

import gzip
import json
from io import BytesIO

import pytest
from django.test import RequestFactory

from schema.http.media_types import GRAPHQL_RESPONSE, JSON
from schema.http.requests import RequestError, read_request

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
        (b'\xef\xbb\xbf{"query": "{ __typename }"}', 400, "not JSON"),
        (b'{"query": "\\ud800"}', 400, "not JSON"),
        (b'{"query": "{ __typename }", "variables": {"a": "\\udfff"}}', 400, "not JSON"),
        (b'{"query": "{ __typename }", "variables": {"a": NaN}}', 400, "not JSON"),
        (b'{"query": "{ __typename }", "variables": {"a": 1e400}}', 400, "not JSON"),
        (b"[" * 5000 + b"]" * 5000, 400, "nested too deeply"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400, "nested too deeply"),
        (b'{"query": "{ __typename }", "query": "{ me { id } }"}', 400, "a duplicate name"),
        (b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}', 400, "a duplicate name"),
        (b"null", 400, "must be a JSON object"),
        (b'"{ __typename }"', 400, "must be a JSON object"),
        (b'[{"query": "{ __typename }"}]', 400, "Batches are not supported"),
        (b"{}", 400, "has no `query`"),
        (b'{"query": null}', 400, "has no `query`"),
        (b'{"query": ""}', 400, "has no `query`"),
        (b'{"query": 1}', 400, "`query` must be a string"),
        (b'{"query": "{ __typename }", "variables": []}', 400, "`variables` must be an object"),
        (b'{"query": "{ __typename }", "variables": "{}"}', 400, "`variables` must be an object"),
        (b'{"query": "{ __typename }", "operationName": {}}', 400, "`operationName` must be"),
        (b'{"query": "{ __typename }", "extensions": 1}', 400, "`extensions` must be an object"),
        (b'{"query": "{ __typename }", "operationName": "other"}', 200, "Unknown operation"),
        (b'{"query": "{ __typename }", "operationName": "\\u0000"}', 200, "Unknown operation"),
        (b'{"query": "query A { __typename } query B { __typename }"}', 200, "`operationName`"),
        (b'{"query": "fragment F on Query { __typename }"}', 200, "operation"),
        (b'{"query": "type A { a: Int }"}', 200, "operation"),
        (b'{"query": "subscription { x }"}', 200, ""),
        (b'{"query": "{ nothing }"}', 200, "Cannot query field"),
        (b'{"query": "{"}', 200, "Syntax Error"),
        (b'{"query": "\\u0000"}', 200, "Syntax Error"),
        (b'{"query": "{ a(b: \\"\\\\ud800\\") }"}', 200, "Syntax Error"),
        (b'{"query": "' + b"{ a " * 3000 + b'"}', 200, "Syntax Error"),
        (b'{"query": "{ a(b: ' + b"[" * 10000 + b"]" * 10000 + b') }"}', 200, "Syntax Error"),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
def test_a_body_that_is_no_request_is_refused(as_alice, body, status, said, accept):
    response = as_alice.post(body, Accept=accept)

    assert response.status_code == (status if accept == JSON else 400)
    assert response["Content-Type"] == f"{accept}; charset=utf-8"
    answer = response.json()
    assert "data" not in answer
    [error] = answer["errors"]
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
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_compressed_body_is_refused(as_alice, encoding):
    body = gzip.compress(b'{"query": "{ __typename }"}')
    response = as_alice.post(body, **{"Content-Encoding": encoding})
    assert response.status_code == 415
    assert response["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_only_get_and_post_are_answered(as_alice, method):
    response = getattr(as_alice.http, method)("/graphql/?query={me{username}}")
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"
    if method != "head":
        assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "variables",
    [
        b'{"input":' * 1000 + b"1" + b"}" * 1000,
        b'{"input": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"input": {"metadata": ' + b"[" * 1000 + b"]" * 1000 + b"}}",
    ],
)
def test_deep_variables_are_a_coercion_error(as_alice, variables):
    query = json.dumps(CREATE).encode()
    response = as_alice.post(b'{"query": ' + query + b', "variables": ' + variables + b"}")
    assert response.status_code == 200
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {
        "BAD_USER_INPUT"
    }


@pytest.mark.parametrize("depth", [10_000])
def test_too_deep_variables_are_no_json_to_us(as_alice, depth):
    query = json.dumps(CREATE).encode()
    nested = b"[" * depth + b"]" * depth
    response = as_alice.post(b'{"query": ' + query + b', "variables": {"input": ' + nested + b"}}")
    assert response.status_code == 400
    assert "nested too deeply" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{{ paymentIntents(first: {number}) {{ totalCount }} }}",
        "{{ paymentIntents(last: -{number}) {{ totalCount }} }}",
        "query($n: Int = {number}) {{ paymentIntents(first: $n) {{ totalCount }} }}",
    ],
)
def test_a_number_of_more_digits_than_can_be_read_is_an_error_of_the_document(as_alice, document):
    error = as_alice.ask_for_error(document.format(number="9" * 4301))
    assert error["message"] == "A number in the document has more than 64 characters."
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_a_slash_may_be_missing(as_alice):
    response = as_alice.http.post(
        "/graphql",
        {"query": "{ me { username } }"},
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert response.json()["data"] == {"me": {"username": "alice"}}


@pytest.mark.parametrize("amount", ["1" + "0" * 5000, "1e300", "-1e300", "0." + "1" * 5000])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_giant_amount_is_an_amount_error(as_alice, amount, quote):
    """JSON readers cannot hold some of these numbers. Such requests are rejected."""
    values = f'{{"idempotencyKey": "k", "currency": "USD", "amount": {quote}{amount}{quote}}}'
    query = json.dumps(CREATE)
    response = as_alice.post(f'{{"query": {query}, "variables": {{"input": {values}}}}}')
    answer = response.json()
    if response.status_code == 400:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    elif quote and len(amount) > 64:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        [error] = answer["data"]["createPaymentIntent"]["errors"]
        assert error["path"] == ["input", "amount"]


@pytest.mark.parametrize(
    "id", ["", "x", "====", "UGF5bWVudEludGVudDo=", "Qm9va2luZzox", "\0", "ÿ" * 300, "1" * 5000]
)
def test_a_bad_id_is_an_object_that_does_not_exist(as_alice, id):
    query = "query($id: ID!) { paymentIntent(by: {id: $id}) { id } booking(id: $id) { id } }"
    assert as_alice.ask(query, id=id) == {"paymentIntent": None, "booking": None}


def test_too_large_a_body_is_refused(as_alice, settings):
    settings.PAYMENTS_GRAPHQL_MAX_BODY = 1000
    body = b'{"query": "{ __typename }"}'
    assert as_alice.post(body.ljust(1000)).status_code == 200
    response = as_alice.post(body.ljust(1001))
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("length", ["", "x", "-1"])
def test_a_body_is_read_no_further_than_allowed_when_its_length_is_not_known(settings, length):
    settings.PAYMENTS_GRAPHQL_MAX_BODY = 1000
    request = RequestFactory().post("/graphql/", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length
    request._stream = stream = BytesIO(b" " * 5000)
    with pytest.raises(RequestError) as caught:
        read_request(request)
    assert caught.value.status == 413
    assert stream.tell() == 1001


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
