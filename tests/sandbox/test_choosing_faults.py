"""The requests that a fault applies to: one by its header, many from Python."""

import pytest

from payments_graphql.sandbox import Sandbox
from tests.sandbox.faulty_requests import INTENT, PAYMENT_INTENTS, post
from tests.sandbox.http_calls import FORM, KEY, call


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
