"""Starting, stopping, ids, the clock and the request log."""

import multiprocessing
import os
import socket
import threading
import time
from email.utils import parsedate_to_datetime

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import connect
from tests.sandbox.http_calls import KEY, call


def ids(seed: int | None) -> list[str]:
    with Sandbox(seed=seed) as sandbox:
        client = connect(sandbox)
        customer = client.v1.customers.create({})
        intent = payments.pay(client, customer=customer.id)
        return [customer.id, intent.id, intent.client_secret or "", str(intent.latest_charge)]


def test_the_same_seed_gives_the_same_ids() -> None:
    assert ids(5) == ids(5)
    assert not set(ids(5)) & set(ids(6))


def test_without_a_seed_the_ids_are_random() -> None:
    assert not set(ids(None)) & set(ids(None))


def test_it_stops_within_a_second_with_connections_open() -> None:
    sandbox = Sandbox().start()
    with socket.create_connection(("127.0.0.1", sandbox.port)):
        connect(sandbox).v1.customers.list()
        began = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - began < 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", sandbox.port))


def test_a_stopped_sandbox_starts_again_at_the_same_address() -> None:
    sandbox = Sandbox().start()
    url = sandbox.url
    sandbox.stop()
    with sandbox:
        assert sandbox.url == url
        assert call(sandbox, "GET", "/_sandbox/health").status == 200


# This tests forking with threads; the child uses none of them.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_neither_keeps_the_port_nor_is_shut_out() -> None:
    sandbox = Sandbox().start()
    context = multiprocessing.get_context("fork")
    done = context.Event()

    def child() -> None:
        assert connect(sandbox).v1.customers.create({}).object == "customer"
        done.wait(10)
        os._exit(0)

    process = context.Process(target=child)
    process.start()
    client = connect(sandbox)
    while not client.v1.customers.list().data:
        pass
    sandbox.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", sandbox.port))
    done.set()
    process.join()
    assert process.exitcode == 0


def test_times_and_the_date_header_follow_the_clock(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    first = own_client.v1.customers.create({})
    own_sandbox.advance(86400)
    second = own_client.v1.customers.create({})
    assert second.created - first.created >= 86400
    answer = call(own_sandbox, "GET", "/v1/customers", headers=KEY)
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert 0 <= told - second.created < 60


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e20])
def test_the_clock_moves_forward_only(own_sandbox: Sandbox, seconds: float) -> None:
    with pytest.raises(ValueError, match="forward only"):
        own_sandbox.advance(seconds)


def test_requests_are_recorded(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client)
    own_client.v1.refunds.create(
        {"payment_intent": intent.id, "metadata": {"a": "b"}}, {"idempotency_key": "k"}
    )
    with pytest.raises(stripe.InvalidRequestError):
        own_client.v1.payment_intents.confirm(intent.id)
    refund = own_sandbox.requests("POST", "/v1/refunds")[0]
    assert refund.parameters == {"payment_intent": intent.id, "metadata": {"a": "b"}}
    assert (refund.idempotency_key, refund.status) == ("k", 200)
    assert [one.status for one in own_sandbox.requests(path="/v1/*/confirm")] == [400]
    assert len(own_sandbox.requests()) == 3


@pytest.mark.stripe_rule(
    "An intent succeeds once, even with parallel confirmations",
    "https://docs.stripe.com/payments/paymentintents/lifecycle",
)
def test_an_intent_is_charged_once_under_parallel_confirmations(
    own_client: stripe.StripeClient,
) -> None:
    intent = payments.create(own_client, payment_method="pm_card_visa")
    outcomes = in_parallel(lambda: own_client.v1.payment_intents.confirm(intent.id).status, 10)
    assert outcomes.count("succeeded") == 1
    assert outcomes.count("payment_intent_unexpected_state") == 9
    assert len(own_client.v1.charges.list({"payment_intent": intent.id}).data) == 1


@pytest.mark.stripe_rule(
    "Parallel refunds never exceed the charge", "https://docs.stripe.com/refunds"
)
def test_parallel_refunds_never_exceed_what_was_paid(own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client)
    outcomes = in_parallel(
        lambda: own_client.v1.refunds.create({"payment_intent": intent.id, "amount": 600}).status,
        8,
    )
    assert outcomes.count("succeeded") == 3
    assert own_client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 1800


def in_parallel(act: object, times: int) -> list[str]:
    """Run a function many times in parallel; return each status or error code."""
    outcomes: list[str] = []
    start = threading.Barrier(times)

    def run() -> None:
        start.wait()
        try:
            outcomes.append(act())
        except stripe.StripeError as error:
            outcomes.append(str(error.code))

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
