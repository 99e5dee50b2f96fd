import json
import threading
import time
from functools import partial

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver
from tests.sandbox.waiting import wait_until

SECRET = "whsec_test"


@pytest.mark.stripe_rule(
    "Deliveries are signed with the endpoint's secret",
    "https://docs.stripe.com/webhooks#verify-official-libraries",
    ours="In order while nothing fails",
)
def test_events_are_delivered_in_order_with_a_signature_that_verifies(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, SECRET)
    payments.pay(own_client)
    receiver.wait_for(3)
    assert receiver.types == payments.event_types(own_client)
    for body, signature in receiver.received:
        event = stripe.Webhook.construct_event(body, signature, SECRET)
        assert event.data.object["livemode"] is False
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")


@pytest.mark.stripe_rule(
    "`stripe listen` forwards every event to a local address without an endpoint",
    "https://docs.stripe.com/webhooks#local-listener",
    ours="`forward_to`, or `--forward-to`",
)
def test_forwarding_twice_to_one_address_delivers_once(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_old")
    own_sandbox.forward_to(receiver.url, SECRET)
    own_client.v1.customers.create({})
    own_client.v1.customers.create({})
    receiver.wait_for(2)
    assert len({json.loads(body)["id"] for body, _ in receiver.received}) == 2
    stripe.Webhook.construct_event(*receiver.received[0], SECRET)
    assert own_client.v1.webhook_endpoints.list().data == []


@pytest.mark.stripe_rule(
    "An endpoint gets its `enabled_events`",
    "https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-enabled_events",
)
def test_an_endpoint_gets_only_its_enabled_events(
    own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    payments.pay(own_client)
    payments.pay(own_client)
    receiver.wait_for(2)
    assert set(receiver.types) == {"payment_intent.succeeded"}
    stripe.Webhook.construct_event(*receiver.received[0], endpoint.secret or "")


@pytest.mark.stripe_rule(
    "A delivery without a 2xx answer is retried with growing waits, for three days",
    "https://docs.stripe.com/webhooks",
    ours="The first waits are seconds, because a development server is often just restarting",
)
def test_a_failed_delivery_is_retried_with_growing_waits(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 404]
    own_sandbox.forward_to(receiver.url, SECRET)
    own_client.v1.customers.create({})
    event = own_client.v1.events.list().data[0]
    assert event.pending_webhooks == 1
    receiver.wait_for(1)
    assert own_client.v1.events.list({"delivery_success": False}).data != []
    for attempt, wait in enumerate((1, 5, 30), start=1):
        receiver.wait_for(attempt)
        wait_until(partial(_moved_past, own_sandbox, receiver, attempt, wait))
    signatures = {signature for _, signature in receiver.received}
    assert len({json.loads(body)["id"] for body, _ in receiver.received}) == 1
    assert all(signature.startswith("t=") for signature in signatures)
    wait_until(lambda: own_client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert own_client.v1.events.list({"delivery_success": False}).data == []
    assert len(own_client.v1.events.list({"delivery_success": True}).data) == 1


def _moved_past(sandbox: Sandbox, receiver: Receiver, attempt: int, wait: int) -> bool:
    """Move the clock until the next attempt arrives: it is due after the last one is recorded."""
    sandbox.advance(wait)
    return len(receiver.received) > attempt


@pytest.mark.stripe_rule(
    "Each attempt is signed with its own time",
    "https://docs.stripe.com/webhooks",
    ours="The real time, whatever the sandbox's clock",
)
def test_a_signature_has_the_real_time(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.advance(10 * 24 * 60 * 60)
    own_sandbox.forward_to(receiver.url, SECRET)
    own_client.v1.customers.create({})
    receiver.wait_for(1)
    timestamp = int(receiver.received[0][1].removeprefix("t=").partition(",")[0])
    assert abs(timestamp - time.time()) < 60


@pytest.mark.stripe_rule("Failed deliveries are retried", "https://docs.stripe.com/webhooks")
def test_an_endpoint_that_was_down_gets_the_event_later(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to("http://127.0.0.1:9/", SECRET)
    own_client.v1.customers.create({})
    own_sandbox.forward_to(receiver.url, SECRET, replace=True)
    receiver.wait_for(1)
    assert receiver.types == ["customer.created"]


@pytest.mark.stripe_rule(
    "Deliveries are independent of the request that caused them", "https://docs.stripe.com/webhooks"
)
def test_a_slow_endpoint_delays_neither_the_api_nor_others(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.hold = threading.Event()
    own_sandbox.forward_to(receiver.url, SECRET)
    began = time.monotonic()
    assert payments.pay(own_client).status == "succeeded"
    assert time.monotonic() - began < 1
    assert receiver.received == []
    receiver.hold.set()
    receiver.wait_for(3)


@pytest.mark.stripe_rule(
    "A deleted endpoint receives nothing", "https://docs.stripe.com/api/webhook_endpoints/delete"
)
def test_a_deleted_endpoint_receives_nothing(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["customer.created"]}
    )
    own_client.v1.webhook_endpoints.delete(endpoint.id)
    own_client.v1.customers.create({})
    own_sandbox.forward_to(receiver.url, SECRET)
    own_client.v1.customers.create({"name": "second"})
    receiver.wait_for(1)
    assert json.loads(receiver.received[0][0])["data"]["object"]["name"] == "second"
