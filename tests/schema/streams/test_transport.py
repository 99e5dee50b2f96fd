"""Requests for streams, how they are refused, and the headers of the answers."""

import time

import pytest
import requests

from tests.schema.streams.client import SUBSCRIPTION, EventStream, post

pytestmark = pytest.mark.django_db(transaction=True)

TWO_AT_ONCE = """
    subscription {
      a: paymentIntentUpdated(id: "a") { id }
      b: paymentIntentUpdated(id: "b") { id }
    }
"""


@pytest.fixture
def ask(site, make_token, alice):
    def ask(query, **values):
        return post(site.url, query, Authorization=f"Token {make_token(alice)}", **values)

    return ask


def test_no_proxy_may_keep_or_hold_back_a_stream(subscribe, alice, unpaid):
    headers = subscribe(alice, unpaid).response.headers

    assert headers["X-Accel-Buffering"] == "no"
    assert "no-store" in headers["Cache-Control"]
    assert "Content-Length" not in headers
    assert "Content-Encoding" not in headers


def test_a_page_of_an_allowed_origin_may_read_it(site, subscribe, alice, unpaid):
    stream = subscribe(alice, unpaid, Origin="https://shop.example")
    preflight = requests.options(
        f"{site.url}/graphql/stream/",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
        timeout=20,
    )

    for response in (stream.response, preflight):
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"


def test_a_page_of_another_origin_may_not(subscribe, alice, unpaid):
    stream = subscribe(alice, unpaid, Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in stream.response.headers


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        (TWO_AT_ONCE, "GRAPHQL_VALIDATION_FAILED"),
        (f"subscription {{ {'a ' * 4001} }}", "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_a_bad_document_is_the_one_result(ask, query, code):
    with EventStream(ask(query)) as stream:
        assert stream.next().error_code == code
        assert [event.name for event in stream.all()] == ["complete", "end"]


def test_missing_variables_are_the_one_result(ask):
    with EventStream(ask(SUBSCRIPTION)) as stream:
        assert stream.next().error_code == "BAD_USER_INPUT"
        assert stream.next().name == "complete"


@pytest.mark.parametrize("query", ["{ me { username } }", "mutation { a }", "", None])
def test_only_subscriptions_are_streamed(ask, query):
    response = ask(query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_query_that_takes_a_stream_too_gets_json(ask):
    """Like some clients do, for example urql."""
    response = ask("{ me { username } }", Accept="application/json, text/event-stream")
    assert response.json()["data"] == {"me": {"username": "alice"}}


def test_a_body_that_is_no_request_is_refused(site, make_token, alice):
    response = requests.post(
        f"{site.url}/graphql/stream/",
        b"{",
        headers={
            "Accept": "text/event-stream",
            "Content-Type": "application/json",
            "Authorization": f"Token {make_token(alice)}",
        },
        timeout=20,
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The body is not JSON."


def test_too_large_a_body_is_refused_before_it_ends(site):
    """Whoever sends it, and without a length in its header."""
    sent = []

    def send():
        for _ in range(200):
            sent.append(b" " * 65_536)
            yield sent[-1]

    headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    response = requests.post(f"{site.url}/graphql/", send(), headers=headers, timeout=20)
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
def test_a_slash_may_be_missing(site, make_token, alice, unpaid, global_id, path):
    headers = {"Accept": "text/event-stream", "Authorization": f"Token {make_token(alice)}"}
    body = {"query": SUBSCRIPTION, "variables": {"id": global_id("PaymentIntent", unpaid.pk)}}
    response = requests.post(
        site.url + path, json=body, headers=headers, stream=True, timeout=20, allow_redirects=False
    )
    with EventStream(response) as stream:
        assert stream.next().payment["status"] == "REQUIRES_PAYMENT_METHOD"


@pytest.mark.parametrize("field", ["clientSecret", "nextAction { type }"])
def test_what_is_kept_by_stripe_alone_is_not_streamed(
    ask, service, unpaid, global_id, field, sandbox
):
    service.confirm_payment_intent(unpaid, payment_method="pm_card_threeDSecure2Required")
    query = f"""subscription($id: ID!) {{ paymentIntentUpdated(id: $id) {{ status {field} }} }}"""
    with EventStream(ask(query, variables={"id": global_id("PaymentIntent", unpaid.pk)})) as stream:
        event = stream.next()

    assert event.error_code == "BAD_USER_INPUT"
    assert event.data["data"]["paymentIntentUpdated"]["status"] == "REQUIRES_ACTION"


def test_a_process_without_streams_says_so(client, db):
    """Like under WSGI."""
    for headers, status in (({"Accept": "text/event-stream"}, 501), ({"Accept": "a/b"}, 406)):
        response = client.post("/graphql/stream/", headers=headers)
        assert response.status_code == status
        assert response.json()["errors"][0]["extensions"]["code"]
    assert client.delete("/graphql/stream/").headers["Allow"] == "GET, POST"


def test_a_server_that_stops_ends_its_streams_at_once(own_site, subscribe, alice, unpaid):
    stream = subscribe(alice, unpaid, url=own_site.url)
    stream.next()
    began = time.monotonic()

    own_site.processes.stop()

    assert stream.next().name == "end"  # without `complete`: the client goes to another process
    assert time.monotonic() - began < 2
