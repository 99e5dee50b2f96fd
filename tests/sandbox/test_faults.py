"""Faults of requests: https://docs.stripe.com/error-low-level"""

import http.client
import json
import secrets
import threading
import time
from functools import partial
from urllib.parse import urlsplit

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.faulty_requests import count_intents, post
from tests.sandbox.http_calls import KEY, Answer, call
from tests.sandbox.waiting import wait_until


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("key_in_use", 409, "idempotency_key_in_use"),
        ("rate_limited", 429, "rate_limit"),
        ("unauthorized", 401, None),
        ("forbidden", 403, None),
    ],
)
def test_a_refusal_has_no_effect_and_leaves_the_key_free(
    own_sandbox: Sandbox,
    own_client: stripe.StripeClient,
    key: str,
    fault: str,
    status: int,
    code: str | None,
) -> None:
    refused = post(own_sandbox, key, fault)
    assert (refused.status, refused.error.get("code")) == (status, code)
    assert count_intents(own_client) == 0
    assert "Idempotent-Replayed" not in post(own_sandbox, key).headers
    assert count_intents(own_client) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("key_in_use", stripe.APIError),
        ("rate_limited", stripe.RateLimitError),
        ("unauthorized", stripe.AuthenticationError),
        ("forbidden", stripe.PermissionError),
        ("error_500", stripe.APIError),
        ("bad_gateway", stripe.APIError),
        ("not_json", stripe.APIError),
        ("reset", stripe.APIConnectionError),
        ("reset_after_effect", stripe.APIConnectionError),
        ("truncated", stripe.APIConnectionError),
    ],
)
def test_the_sdk_raises_what_it_raises_with_stripe(
    own_sandbox: Sandbox,
    own_client: stripe.StripeClient,
    fault: str,
    error: type[stripe.StripeError],
) -> None:
    with own_sandbox.faults.add(fault), pytest.raises(error) as raised:
        own_client.v1.customers.create({})
    assert type(raised.value) is error
    assert own_client.v1.customers.create({}).object == "customer"


def test_the_sdk_gives_up_on_a_hang_and_the_effect_is_unknown(own_sandbox: Sandbox) -> None:
    client = stripe.StripeClient(
        "sk_test_alice",
        base_addresses={"api": own_sandbox.url},
        http_client=stripe.RequestsClient(timeout=0.2),
    )
    for fault, effects in (("hang", 0), ("hang_after_effect", 1)):
        with own_sandbox.faults.add(fault), pytest.raises(stripe.APIConnectionError):
            client.v1.customers.create({})
        assert len(client.v1.customers.list().data) == effects


def test_a_hanging_request_does_not_hold_up_the_stop() -> None:
    sandbox = Sandbox().start()
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    connection.request("GET", "/v1/customers", headers=KEY | {"Sandbox-Fault": "hang"})
    wait_until(sandbox.requests)
    began = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - began < 0.4
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        connection.getresponse()
    connection.close()


@pytest.mark.parametrize(("fault", "effects"), [("reset", 0), ("reset_after_effect", 1)])
def test_a_reset_is_one_and_the_key_tells_what_happened(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str, fault: str, effects: int
) -> None:
    with pytest.raises(ConnectionResetError):
        post(own_sandbox, key, fault)
    assert count_intents(own_client) == effects
    again = post(own_sandbox, key)
    assert ("Idempotent-Replayed" in again.headers) == bool(effects)
    assert count_intents(own_client) == 1


@pytest.mark.stripe_rule(
    "Too many requests are 429, and no idempotency key is saved",
    "https://docs.stripe.com/rate-limits",
)
@pytest.mark.parametrize(("option", "header"), [("; retry_after=3", "3"), ("", None)])
def test_too_many_requests_may_have_a_retry_after(
    sandbox: Sandbox, key: str, option: str, header: str | None
) -> None:
    answer = post(sandbox, key, f"rate_limited{option}")
    assert answer.headers["Retry-After"] == header
    assert answer.headers["Stripe-Rate-Limited-Reason"] == "global-rate"


@pytest.mark.stripe_rule(
    "`Stripe-Should-Retry` overrides the status",
    "https://docs.stripe.com/error-low-level",
)
@pytest.mark.parametrize(("advice", "attempts"), [("true", 2), ("false", 1)])
def test_the_sdk_follows_the_advice_to_retry(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, advice: str, attempts: int
) -> None:
    """The SDK never retries 429 and always retries 500; the header overrides both."""
    kind = "rate_limited" if advice == "true" else "error_500"
    client = stripe.StripeClient(
        "sk_test_alice", base_addresses={"api": own_sandbox.url}, max_network_retries=1
    )
    with (
        own_sandbox.faults.add(kind, should_retry=advice),
        pytest.raises(stripe.StripeError),
    ):
        client.v1.customers.create({})
    assert len(own_sandbox.requests("POST")) == attempts
    keys = {request.idempotency_key for request in own_sandbox.requests("POST")}
    assert len(keys) == 1


def test_a_right_answer_can_carry_the_advice_too(sandbox: Sandbox, key: str) -> None:
    answer = post(sandbox, key, "should_retry; should_retry=false")
    assert (answer.status, answer.headers["Stripe-Should-Retry"]) == (200, "false")


@pytest.mark.stripe_rule(
    "A key of a request in progress is 409 `idempotency_key_in_use`",
    "https://docs.stripe.com/error-low-level",
)
def test_a_key_is_in_use_during_a_slow_request(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    first: list[Answer] = []
    slow = threading.Thread(
        target=lambda: first.append(post(own_sandbox, key, "latency; delay=0.4"))
    )
    slow.start()
    wait_until(lambda: key in own_sandbox._started().api._keys._running)
    assert post(own_sandbox, key).error["code"] == "idempotency_key_in_use"
    assert post(own_sandbox, secrets.token_hex(8)).status == 200
    slow.join()
    assert first[0].status == 200
    assert post(own_sandbox, key).json["id"] == first[0].json["id"]
    assert count_intents(own_client) == 2


def test_latency_lies_within_its_spread(own_sandbox: Sandbox) -> None:
    with own_sandbox.faults.add("latency", delay=0.05, spread=0.1):
        for _ in range(4):
            call(own_sandbox, "GET", "/v1/customers")
    taken = [request.duration for request in own_sandbox.requests()]
    assert all(0.05 <= seconds < 1 for seconds in taken)
    assert len({round(seconds, 3) for seconds in taken}) > 1


def test_a_truncated_answer_had_its_effect(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    with pytest.raises(http.client.IncompleteRead):
        post(own_sandbox, key, "truncated")
    assert count_intents(own_client) == 1
    assert post(own_sandbox, key).headers["Idempotent-Replayed"] == "true"


def test_an_answer_may_be_no_json(own_sandbox: Sandbox, key: str) -> None:
    answer = post(own_sandbox, key, "not_json")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)
    assert post(own_sandbox, key).headers["Idempotent-Replayed"] == "true"


def test_a_gateway_may_answer_after_the_effect(own_sandbox: Sandbox, key: str) -> None:
    answer = post(own_sandbox, key, "gateway_page_after_effect; status=451")
    assert (answer.status, answer.headers["Request-Id"]) == (451, None)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)
    assert post(own_sandbox, key).headers["Idempotent-Replayed"] == "true"


def test_without_its_limit_more_is_refunded_than_was_paid(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client)
    refund = partial(own_client.v1.refunds.create, {"payment_intent": intent.id, "amount": 1500})
    refund()
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        refund()
    with own_sandbox.faults.add("refund_limit_off"):
        refund()
        own_client.v1.refunds.create({"payment_intent": intent.id})
    charge = own_client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (5000, True)
