"""The page of requests, and that of one request with its answer."""

import re

import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import call

PAGE = {"Accept": "text/html"}


def read(sandbox: Sandbox, path: str) -> str:
    answer = call(sandbox, "GET", path, headers=PAGE)
    assert answer.status == 200, path
    return answer.body.decode()


def test_a_request_is_shown_beside_its_answer(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    customer = own_client.v1.customers.create({"name": "Alice"})
    listed = read(own_sandbox, "/_sandbox/requests")
    path = re.search(r'href="(/_sandbox/requests/req_\w+)"', listed)
    assert path is not None
    page = read(own_sandbox, path[1])
    parameters, answer = page.split("<h2>Answer</h2>")
    assert "&quot;name&quot;: &quot;Alice&quot;" in parameters
    assert customer.id not in parameters
    assert f"&quot;id&quot;: &quot;{customer.id}&quot;" in answer
    program = call(own_sandbox, "GET", path[1], headers={}).json
    assert (program["path"], program["status"]) == ("/v1/customers", 200)
    assert customer.id in program["answer"]


def test_an_answer_is_shown_without_its_secrets(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.create(own_client)
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}
    )
    for request in own_sandbox.requests():
        path = f"/_sandbox/requests/{request.request_id}"
        for headers in (PAGE, {}):
            body = call(own_sandbox, "GET", path, headers=headers).body.decode()
            assert "****" in body
            assert str(intent.client_secret) not in body
            assert str(endpoint.secret) not in body


def test_reads_can_be_hidden(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    own_client.v1.customers.create({})
    own_client.v1.events.list()
    assert "/v1/events" in read(own_sandbox, "/_sandbox/requests")
    hidden = read(own_sandbox, "/_sandbox/requests?reads=hide")
    assert "/v1/events" not in hidden
    assert "/v1/customers" in hidden
    assert 'value="hide" checked' in hidden
    shown = call(own_sandbox, "GET", "/_sandbox/requests?reads=hide", headers={}).json["data"]
    assert [one["path"] for one in shown] == ["/v1/customers"]


def test_older_requests_keep_the_filter(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    for _ in range(101):
        own_client.v1.customers.create({})
    page = read(own_sandbox, "/_sandbox/requests?reads=hide")
    assert "reads=hide&amp;from=100" in page


def test_the_answers_of_old_requests_are_dropped(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    for _ in range(501):
        own_client.v1.customers.list({"limit": 1})
    first, *_, last = own_sandbox.requests()
    assert "No longer kept" in read(own_sandbox, f"/_sandbox/requests/{first.request_id}")
    assert "has_more" in read(own_sandbox, f"/_sandbox/requests/{last.request_id}")


def test_a_fault_that_left_no_answer_is_named(own_sandbox: Sandbox) -> None:
    with own_sandbox.faults.add("bad_gateway"):
        call(own_sandbox, "GET", "/v1/customers")
    (request,) = own_sandbox.requests()
    page = read(own_sandbox, f"/_sandbox/requests/{request.request_id}")
    assert "Fault bad_gateway" in page


def test_an_unknown_request_is_missing(sandbox: Sandbox) -> None:
    assert call(sandbox, "GET", "/_sandbox/requests/req_none", headers=PAGE).status == 404
