"""Old data is deleted, so that a sandbox can run for weeks."""

from pathlib import Path

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver, connect
from tests.sandbox.waiting import wait_until

DAY = 24 * 60 * 60
TABLES = ("attempts", "deliveries", "idempotency_keys")


def count(sandbox: Sandbox, table: str) -> int:
    assert sandbox._running is not None
    rows = sandbox._running.store.all(f"SELECT count(*) AS count FROM {table}")
    return int(rows[0]["count"])


@pytest.mark.stripe_rule(
    "An event can be retrieved for 30 days", "https://docs.stripe.com/api/events/retrieve"
)
def test_an_event_can_be_retrieved_for_thirty_days(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client)
    event = own_client.v1.events.list().data[0]
    own_sandbox.advance(30 * DAY - 60)
    assert own_client.v1.events.retrieve(event.id).id == event.id
    own_sandbox.advance(120)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        own_client.v1.events.retrieve(event.id)
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_old_events_keys_and_deliveries_are_deleted_and_newer_ones_stay(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_test")
    intent = payments.pay(own_client)
    receiver.wait_for(3)
    wait_until(lambda: count(own_sandbox, "attempts") == 3)
    assert count(own_sandbox, "idempotency_keys") == 1
    own_sandbox.advance(29 * DAY)
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    wait_until(lambda: count(own_sandbox, "attempts") == 5)
    own_sandbox.advance(2 * DAY)
    assert {table: count(own_sandbox, table) for table in TABLES} == {
        "attempts": 2,
        "deliveries": 2,
        "idempotency_keys": 0,
    }
    assert {event.type for event in own_client.v1.events.list().data} == {
        "refund.created",
        "charge.refunded",
    }
    assert own_client.v1.refunds.retrieve(refund.id).payment_intent == intent.id


def test_a_restart_makes_no_id_of_what_was_deleted(tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        with Sandbox(state=tmp_path / "state.sqlite3", seed=7) as sandbox:
            endpoints = connect(sandbox).v1.webhook_endpoints
            made = endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
            endpoints.delete(made.id)
            ids.append(made.id)
    assert len(set(ids)) == 3
