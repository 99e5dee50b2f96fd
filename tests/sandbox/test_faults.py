"""Misbehaving on demand: one request by its header, many from Python.

https://docs.stripe.com/error-low-level
"""

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
from tests.sandbox.http_calls import FORM, KEY, Answer, call
from tests.sandbox.waiting import wait_until

INTENT = "amount=1000&currency=usd"
PAYMENT_INTENTS = "/v1/payment_intents"


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


def post(
    sandbox: Sandbox,
    key: str,
    fault: str | None = None,
    body: str = INTENT,
    path: str = "/v1/payment_intents",
) -> Answer:
    extra = {"Sandbox-Fault": fault} if fault else {}
    return call(sandbox, "POST", path, body, KEY | FORM | {"Idempotency-Key": key} | extra)


def count_intents(client: stripe.StripeClient) -> int:
    return len(client.v1.payment_intents.list({"limit": 100}).data)


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
    "A 500 is saved for its key and replayed", "https://docs.stripe.com/api/idempotent_requests"
)
@pytest.mark.parametrize(("fault", "effects"), [("error_500", 0), ("error_500_after_effect", 1)])
def test_a_500_is_saved_and_replayed_whether_or_not_it_had_its_effect(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str, fault: str, effects: int
) -> None:
    first = post(own_sandbox, key, fault)
    assert (first.status, first.error["type"]) == (500, "api_error")
    assert count_intents(own_client) == effects
    again = post(own_sandbox, key)
    assert again.status == 500
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_intents(own_client) == effects


def test_a_500_for_refused_parameters_is_the_refusal(own_sandbox: Sandbox, key: str) -> None:
    assert post(own_sandbox, key, "error_500", "amount=x&currency=usd").status == 400
    assert post(own_sandbox, key).status == 200


def test_a_saved_500_ages_with_its_key(own_sandbox: Sandbox, key: str) -> None:
    post(own_sandbox, key, "error_500")
    own_sandbox.advance(25 * 60 * 60)
    assert post(own_sandbox, key).status == 200


@pytest.mark.stripe_rule(
    "After a 500 the effect may still come, later", "https://docs.stripe.com/error-low-level"
)
def test_an_effect_is_rolled_forward_after_its_500(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    body = f"{INTENT}&confirm=true&payment_method=pm_card_visa&return_url=https://shop.example/"
    first = post(own_sandbox, key, "error_500_rolled_forward; delay=60", body)
    assert first.status == 500
    own_sandbox.advance(59)
    assert count_intents(own_client) == 0
    own_sandbox.advance(2)
    (intent,) = own_client.v1.payment_intents.list().data
    assert (intent.status, intent.amount) == ("succeeded", 1000)
    event = own_client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    assert event.request.id == first.headers["Request-Id"]
    assert event.request.idempotency_key == key
    assert post(own_sandbox, key, None, body).status == 500


def test_what_is_refused_by_the_time_it_is_rolled_forward_does_not_happen(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    intent = payments.create(own_client, payment_method="pm_card_visa", capture_method="manual")
    own_client.v1.payment_intents.confirm(intent.id)
    path = f"{PAYMENT_INTENTS}/{intent.id}/capture"
    assert post(own_sandbox, key, "error_500_rolled_forward; delay=60", "", path).status == 500
    own_client.v1.payment_intents.cancel(intent.id)
    before = len(payments.event_types(own_client))
    own_sandbox.advance(61)
    assert own_client.v1.payment_intents.retrieve(intent.id).status == "canceled"
    assert len(payments.event_types(own_client)) == before


def test_a_decline_that_is_rolled_forward_leaves_its_charge(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    intent = payments.create(own_client, payment_method="pm_card_chargeDeclined")
    path = f"{PAYMENT_INTENTS}/{intent.id}/confirm"
    post(own_sandbox, key, "error_500_rolled_forward", "", path)
    own_sandbox.advance(2)
    declined = own_client.v1.payment_intents.retrieve(intent.id)
    assert declined.last_payment_error is not None
    assert payments.event_types(own_client)[-1] == "payment_intent.payment_failed"


@pytest.mark.stripe_rule(
    "Too many requests are 429, before any key is saved", "https://docs.stripe.com/rate-limits"
)
@pytest.mark.parametrize(("option", "header"), [("; retry_after=3", "3"), ("", None)])
def test_too_many_requests_may_say_when_to_come_back(
    sandbox: Sandbox, key: str, option: str, header: str | None
) -> None:
    answer = post(sandbox, key, f"rate_limited{option}")
    assert answer.headers["Retry-After"] == header
    assert answer.headers["Stripe-Rate-Limited-Reason"] == "global-rate"


@pytest.mark.stripe_rule(
    "`Stripe-Should-Retry` overrides what the status says",
    "https://docs.stripe.com/error-low-level",
)
@pytest.mark.parametrize(("advice", "attempts"), [("true", 2), ("false", 1)])
def test_the_sdk_follows_the_advice_to_retry(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, advice: str, attempts: int
) -> None:
    """429 alone is never sent again, and 500 always: the header overrides both."""
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
    "A key in use by a running request is 409 `idempotency_key_in_use`",
    "https://docs.stripe.com/error-low-level",
)
def test_a_key_is_in_use_while_its_request_takes_its_time(
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


def test_a_request_can_be_spared(own_sandbox: Sandbox, key: str) -> None:
    with own_sandbox.faults.add("error_500"):
        assert post(own_sandbox, key, "none").status == 200


def test_a_fault_chooses_by_method_and_path_and_ends_by_itself(own_sandbox: Sandbox) -> None:
    own_sandbox.faults.add("unauthorized", method="post", path="/v1/cust*", times=2)
    statuses = [
        call(own_sandbox, method, path, None if method == "GET" else INTENT).status
        for method, path in [
            ("GET", "/v1/customers"),
            ("POST", PAYMENT_INTENTS),
            ("POST", "/v1/customers/cus_1"),
            ("POST", "/v1/customers"),
            ("POST", "/v1/customers"),
        ]
    ]
    assert statuses == [200, 200, 401, 401, 400]
    assert own_sandbox.faults.active() == []


def test_the_first_outcome_hits_and_the_others_wait(own_sandbox: Sandbox) -> None:
    own_sandbox.faults.add("unauthorized", times=1)
    own_sandbox.faults.add("forbidden", times=1)
    own_sandbox.faults.add("should_retry", times=1)
    answers = [call(own_sandbox, "GET", "/v1/customers") for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 403, 200]
    assert [answer.headers["Stripe-Should-Retry"] for answer in answers] == ["true", None, None]


def test_a_probability_hits_the_same_requests_with_the_same_seed() -> None:
    def statuses() -> list[int]:
        with Sandbox(seed=11) as sandbox, sandbox.faults.add("unauthorized", probability=0.5):
            return [call(sandbox, "GET", "/v1/customers").status for _ in range(20)]

    assert statuses() == statuses()
    assert set(statuses()) == {200, 401}


def test_the_record_says_what_went_wrong(own_sandbox: Sandbox, key: str) -> None:
    with pytest.raises(ConnectionResetError):
        post(own_sandbox, key, "reset")
    (request,) = own_sandbox.requests()
    assert (request.fault, request.status, request.idempotency_key) == ("reset", 0, key)
    assert request.parameters == {"amount": "1000", "currency": "usd"}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "no_such",
        "latency; delay=soon",
        "latency; foo=1",
        "latency; delay=-1",
        "webhook_dropped",
    ],
)
def test_a_header_that_is_no_fault_is_refused(sandbox: Sandbox, key: str, wrong: str) -> None:
    answer = call(sandbox, "POST", PAYMENT_INTENTS, INTENT, KEY | FORM | {"Sandbox-Fault": wrong})
    assert answer.status == 400
    assert answer.error["message"].startswith("Sandbox-Fault: ")


def test_a_wrong_fault_is_refused_in_python(own_sandbox: Sandbox) -> None:
    for wrong in ({"kind": "no_such"}, {"kind": "hang", "times": 0}, {"kind": "hang", "odd": 1}):
        with pytest.raises(ValueError, match=r"must be|Unknown"):
            own_sandbox.faults.add_from(wrong)
    assert own_sandbox.faults.active() == []
