"""https://docs.stripe.com/api/idempotent_requests."""

import threading

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, KEY, Answer, call
from tests.sandbox.waiting import wait_until

INTENT = "amount=1000&currency=usd"


def post(sandbox: Sandbox, key: str, body: str, path: str = "/v1/payment_intents") -> Answer:
    return call(sandbox, "POST", path, body, KEY | FORM | {"Idempotency-Key": key})


@pytest.mark.stripe_rule(
    "The same key and parameters get the saved answer, marked `Idempotent-Replayed`",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_the_same_request_gets_the_saved_answer(sandbox: Sandbox, key: str) -> None:
    first = post(sandbox, key, INTENT)
    again = post(sandbox, key, "currency=usd&amount=1000")
    assert first.body == again.body
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert again.headers["Idempotency-Key"] == key
    recorded = [one for one in sandbox.requests() if one.idempotency_key == key]
    assert [one.is_replay for one in recorded] == [False, True]


@pytest.mark.stripe_rule(
    "The same key with other parameters is `idempotency_error`",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_other_parameters_are_an_idempotency_error(sandbox: Sandbox, key: str) -> None:
    post(sandbox, key, INTENT)
    other = post(sandbox, key, "amount=1001&currency=usd")
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


@pytest.mark.stripe_rule(
    "The same key at another address is `idempotency_error`",
    "https://docs.stripe.com/error-low-level",
)
def test_another_endpoint_is_an_idempotency_error(sandbox: Sandbox, key: str) -> None:
    post(sandbox, key, INTENT)
    other = post(sandbox, key, "", "/v1/customers")
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


@pytest.mark.stripe_rule(
    "An error is saved and replayed like a success",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_a_decline_is_replayed(sandbox: Sandbox, key: str) -> None:
    body = (
        f"{INTENT}&payment_method=pm_card_chargeDeclined&confirm=true"
        "&return_url=https://shop.example/"
    )
    first, again = post(sandbox, key, body), post(sandbox, key, body)
    assert (first.status, again.status) == (402, 402)
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.stripe_rule(
    "An error during the execution is saved",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_an_error_during_the_execution_is_replayed(sandbox: Sandbox, key: str) -> None:
    body = "payment_intent=pi_no"
    assert post(sandbox, key, body, "/v1/refunds").status == 400
    again = post(sandbox, key, body, "/v1/refunds")
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.stripe_rule(
    "After invalid parameters nothing is saved",
    "https://docs.stripe.com/api/idempotent_requests",
)
@pytest.mark.parametrize(
    "wrong",
    ["amount=1000", "amount=x&currency=usd", f"{INTENT}&foo=1", "amount=1&currency=usd", "a[=1"],
)
def test_after_invalid_parameters_the_key_can_be_used_again(
    sandbox: Sandbox, key: str, wrong: str
) -> None:
    assert post(sandbox, key, wrong).status == 400
    assert post(sandbox, key, INTENT).status == 200


@pytest.mark.stripe_rule(
    "After a request that wasn't executed nothing is saved",
    "https://docs.stripe.com/api/idempotent_requests",
)
def test_after_an_invalid_api_key_the_idempotency_key_can_be_used_again(
    sandbox: Sandbox, key: str
) -> None:
    refused = call(sandbox, "POST", "/v1/payment_intents", INTENT, FORM | {"Idempotency-Key": key})
    assert refused.status == 401
    assert post(sandbox, key, INTENT).status == 200


@pytest.mark.stripe_rule(
    "Keys can be removed after 24 hours; then it is a new request",
    "https://docs.stripe.com/api/idempotent_requests",
    ours="Removed after exactly 24 hours of the sandbox's clock",
)
def test_a_key_expires_after_a_day(own_sandbox: Sandbox, key: str) -> None:
    first = post(own_sandbox, key, INTENT)
    own_sandbox.advance(24 * 60 * 60 - 60)
    assert post(own_sandbox, key, INTENT).json["id"] == first.json["id"]
    own_sandbox.advance(120)
    again = post(own_sandbox, key, INTENT)
    assert "Idempotent-Replayed" not in again.headers
    assert again.json["id"] != first.json["id"]


@pytest.mark.stripe_rule(
    "Keys have no effect on GET and DELETE", "https://docs.stripe.com/api/idempotent_requests"
)
def test_a_key_on_a_read_is_ignored(sandbox: Sandbox, key: str) -> None:
    post(sandbox, key, INTENT)
    read = call(sandbox, "GET", "/v1/customers", headers=KEY | {"Idempotency-Key": key})
    assert read.status == 200


@pytest.mark.stripe_rule(
    "Parallel requests with one key have one effect; the others get 409",
    "https://docs.stripe.com/error-low-level",
)
def test_parallel_requests_with_one_key_have_one_effect(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    answers: list[Answer] = []
    start = threading.Barrier(12)

    def send() -> None:
        start.wait()
        answers.append(post(own_sandbox, key, INTENT))

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 200}) == 1
    in_use = [answer.error["code"] for answer in answers if answer.status == 409]
    assert set(in_use) <= {"idempotency_key_in_use"}
    assert len(own_client.v1.payment_intents.list().data) == 1


@pytest.mark.stripe_rule(
    "A key in use is refused until its request is answered",
    "https://docs.stripe.com/error-low-level",
)
def test_a_key_of_a_request_in_progress_is_refused(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    """The store is locked, so that the first request can't finish before the second is answered."""
    intent = payments.create(own_client)
    running = own_sandbox._started()
    first: list[Answer] = []
    path = f"/v1/payment_intents/{intent.id}/cancel"
    thread = threading.Thread(target=lambda: first.append(post(own_sandbox, key, "", path)))
    with running.store.transaction():
        thread.start()
        while key not in running.api._keys._running:
            pass
        with pytest.raises(Exception, match="in-progress"), running.api._keys.in_use(key):
            pass
    thread.join()
    assert first[0].status == 200


@pytest.mark.stripe_rule(
    "A 500 is saved for its key like any other answer",
    "https://docs.stripe.com/api/idempotent_requests",
    "Also a 500 from a bug of the sandbox",
)
def test_a_500_from_a_bug_of_the_sandbox_is_replayed(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    customer = own_client.v1.customers.create({})
    # The API has no way to cause this, so the stored object is damaged.
    own_sandbox._started().store.save({"id": customer.id})
    path = f"/v1/customers/{customer.id}"
    first = post(own_sandbox, key, "metadata[a]=b", path)
    assert (first.status, first.error["type"]) == (500, "api_error")
    again = post(own_sandbox, key, "metadata[a]=b", path)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (500, "true")


def test_parallel_requests_with_one_key_share_its_500_and_its_one_effect(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, key: str
) -> None:
    answers: list[Answer] = []
    start = threading.Barrier(12)

    def send() -> None:
        start.wait()
        answers.append(post(own_sandbox, key, INTENT))

    with own_sandbox.faults.add("error_500_after_effect"):
        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {answer.status for answer in answers} <= {409, 500}
    assert len({answer.body for answer in answers if answer.status == 500}) == 1
    assert len(own_client.v1.payment_intents.list().data) == 1


def test_another_request_with_a_key_in_use_is_refused_whatever_it_asks(
    own_sandbox: Sandbox, key: str
) -> None:
    """The second request can be compared only after the first one has finished."""
    slow = KEY | FORM | {"Idempotency-Key": key, "Sandbox-Fault": "latency; delay=0.3"}
    first = threading.Thread(
        target=call, args=(own_sandbox, "POST", "/v1/payment_intents", INTENT, slow)
    )
    first.start()
    wait_until(lambda: key in own_sandbox._started().api._keys._running)
    assert post(own_sandbox, key, "email=a@example.com", "/v1/customers").status == 409
    first.join()
    refused = post(own_sandbox, key, "email=a@example.com", "/v1/customers")
    assert (refused.status, refused.error["type"]) == (400, "idempotency_error")
