"""Faults of webhooks: https://docs.stripe.com/webhooks#best-practices."""

import json
from functools import partial
from typing import Any

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver
from tests.sandbox.waiting import wait_until

SECRET = "whsec_test"


@pytest.fixture
def forwarding(own_sandbox: Sandbox, receiver: Receiver) -> Sandbox:
    own_sandbox.forward_to(receiver.url, SECRET)
    return own_sandbox


def payload(receiver: Receiver, number: int = 0) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(receiver.received[number][0])
    return content


@pytest.mark.stripe_rule(
    "An event may be delivered more than once",
    "https://docs.stripe.com/webhooks#handle-duplicate-events",
)
def test_a_duplicated_webhook_is_the_same_event_twice(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_duplicated", event="charge.*"):
        payments.pay(own_client)
        receiver.wait_for(4)
    charges = [
        body for body, _ in receiver.received if json.loads(body)["type"] == "charge.succeeded"
    ]
    assert len(charges) == 2
    assert charges[0] == charges[1]
    event = own_client.v1.events.list({"type": "charge.succeeded"}).data[0]
    wait_until(lambda: own_client.v1.events.retrieve(event.id).pending_webhooks == 0)


@pytest.mark.stripe_rule(
    "Events may be delivered in any order", "https://docs.stripe.com/webhooks#event-ordering"
)
def test_a_reordered_webhook_comes_after_the_next_one(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_reordered", times=1, delay=3600):
        payments.pay(own_client)
        receiver.wait_for(3)
    assert receiver.types == [
        "charge.succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]


def test_a_reordered_webhook_without_a_next_one_comes_in_the_end(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_reordered", delay=30):
        own_client.v1.customers.create({})
        wait_until(partial(_moved, forwarding, receiver, 31))
    assert receiver.types == ["customer.created"]


def _moved(sandbox: Sandbox, receiver: Receiver, seconds: float) -> bool:
    """Move the clock until the delivery arrives: it may be delayed only after the first move."""
    sandbox.advance(seconds)
    return bool(receiver.received)


def test_a_delayed_webhook_waits_for_the_clock(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_delayed", event="charge.succeeded", delay=600):
        payments.pay(own_client)
        receiver.wait_for(2)
        assert "charge.succeeded" not in receiver.types
        forwarding.advance(601)
        receiver.wait_for(3)
    assert receiver.types[-1] == "charge.succeeded"


def test_a_dropped_webhook_can_only_be_found_by_asking(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_dropped", event="payment_intent.succeeded"):
        payments.pay(own_client)
        own_client.v1.customers.create({})
        receiver.wait_for(3)
    assert "payment_intent.succeeded" not in receiver.types
    (missed,) = own_client.v1.events.list({"delivery_success": False}).data
    assert (missed.type, missed.pending_webhooks) == ("payment_intent.succeeded", 1)


def test_an_old_secret_fails_the_check_until_the_fault_is_over(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [400]
    with forwarding.faults.add("webhook_old_secret", secret="whsec_before"):
        own_client.v1.customers.create({})
        receiver.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*receiver.received[0], SECRET)
    stripe.Webhook.construct_event(*receiver.received[0], "whsec_before")
    wait_until(lambda: forwarding.advance(1) or len(receiver.received) > 1)
    stripe.Webhook.construct_event(*receiver.received[1], SECRET)


@pytest.mark.stripe_rule(
    "During the rotation of a secret, each delivery has a signature for each secret",
    "https://docs.stripe.com/webhooks#roll-endpoint-secrets",
)
def test_two_secrets_make_two_signatures_that_both_verify(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_two_secrets", secret="whsec_before"):
        own_client.v1.customers.create({})
        receiver.wait_for(1)
    body, signature = receiver.received[0]
    assert signature.count("v1=") == 2
    for secret in (SECRET, "whsec_before"):
        stripe.Webhook.construct_event(body, signature, secret)


def test_another_version_has_another_shape(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_other_version", event="*.succeeded"):
        intent = payments.pay(own_client)
        receiver.wait_for(3)
    assert payload(receiver)["api_version"] != "2020-08-27"
    charge, paid = payload(receiver, 1), payload(receiver, 2)
    assert {charge["api_version"], paid["api_version"]} == {"2020-08-27"}
    assert "latest_charge" not in paid["data"]["object"]
    assert [one["id"] for one in paid["data"]["object"]["charges"]["data"]] == [
        intent.latest_charge
    ]
    assert charge["data"]["object"]["refunds"]["data"] == []
    read = own_client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    assert read.data.object["latest_charge"] == intent.latest_charge


@pytest.mark.stripe_rule(
    "A delivery has the endpoint's API version", "https://docs.stripe.com/webhooks/versioning"
)
def test_an_endpoint_gets_the_version_it_was_created_with(
    own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["*"], "api_version": "2022-08-01"}
    )
    payments.pay(own_client)
    receiver.wait_for(3)
    assert payload(receiver, 2)["api_version"] == "2022-08-01"
    assert payload(receiver, 2)["data"]["object"]["charges"]["total_count"] == 1


def test_livemode_can_be_the_wrong_one(
    forwarding: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    with forwarding.faults.add("webhook_livemode"):
        own_client.v1.customers.create({})
        receiver.wait_for(1)
    event = payload(receiver)
    assert (event["livemode"], event["data"]["object"]["livemode"]) == (True, True)
    assert own_client.v1.events.retrieve(event["id"]).livemode is False
