"""Events on demand: https://docs.stripe.com/cli/trigger."""

import json

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.triggers import TriggerError, event_types
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call

JSON = {"Content-Type": "application/json"}


@pytest.mark.stripe_rule(
    "`stripe trigger` does what causes an event",
    "https://docs.stripe.com/cli/trigger",
    ours="`sandbox.trigger`, or the page under `/_sandbox/triggers`",
)
@pytest.mark.parametrize("event_type", event_types())
def test_a_trigger_causes_its_event_and_the_api_has_it(
    sandbox: Sandbox, client: stripe.StripeClient, event_type: str
) -> None:
    events = [event for event in sandbox.trigger(event_type) if event["type"] == event_type]
    assert len(events) == 1
    assert client.v1.events.retrieve(events[0]["id"]).type == event_type


def test_a_trigger_really_does_it(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    own_sandbox.trigger("refund.failed")
    (refund,) = own_client.v1.refunds.list().data
    assert refund.status == "failed"
    own_sandbox.trigger("charge.dispute.created")
    (dispute,) = own_client.v1.disputes.list().data
    assert dispute.status == "needs_response"
    types = payments.event_types(own_client)
    assert types.index("charge.succeeded") < types.index("refund.failed")


def test_events_are_triggered_over_http_by_programs_and_by_the_form(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    names = call(own_sandbox, "GET", "/_sandbox/triggers", headers={}).json["data"]
    assert "payment_intent.succeeded" in names
    body = json.dumps({"event": "payment_intent.succeeded"})
    events = call(own_sandbox, "POST", "/_sandbox/triggers", body, JSON).json["data"]
    assert [event["type"] for event in events] == payments.event_types(own_client)
    sent = call(own_sandbox, "POST", "/_sandbox/triggers", "event=customer.created", FORM)
    shown = call(own_sandbox, "GET", sent.headers["Location"], headers={"Accept": "text/html"})
    assert (sent.status, shown.status) == (303, 200)
    assert b"customer.created" in shown.body
    assert payments.event_types(own_client)[-1] == "customer.created"


def test_faults_spare_what_is_triggered(own_sandbox: Sandbox) -> None:
    with own_sandbox.faults.add("error_500"):
        assert own_sandbox.trigger("payment_intent.succeeded")


def test_an_unknown_event_can_not_be_triggered(own_sandbox: Sandbox) -> None:
    with pytest.raises(TriggerError, match=r"payment_intent\.succeeded"):
        own_sandbox.trigger("account.updated")
    refused = call(own_sandbox, "POST", "/_sandbox/triggers", '{"event": []}', JSON)
    assert refused.status == 400


def test_the_clock_page_says_what_waits_and_moves_it(own_sandbox: Sandbox) -> None:
    own_sandbox.trigger("payment_intent.amount_capturable_updated")
    page = call(own_sandbox, "GET", "/_sandbox/clock", headers={"Accept": "text/html"})
    assert b"expire authorization" in page.body
    moved = call(own_sandbox, "POST", "/_sandbox/clock", "advance=700000", FORM)
    assert (moved.status, moved.headers["Location"]) == (303, "/_sandbox/clock")
    page = call(own_sandbox, "GET", "/_sandbox/clock", headers={"Accept": "text/html"})
    assert b"expire authorization" not in page.body
