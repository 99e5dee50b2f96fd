"""Triggers that act on a payment of the site, and what the page says about the others."""

import json

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.triggers import TriggerError, event_types_for
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver
from tests.sandbox.http_calls import FORM, call

JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html"}
STATUSES = {
    "open": {},
    "open for authorization": {"capture_method": "manual"},
    "authorized": {"capture_method": "manual", "payment_method": "pm_card_visa", "confirm": True},
    "paid": {"payment_method": "pm_card_visa", "confirm": True},
}


def cases() -> list[tuple[str, str]]:
    shown = {
        "open": ("requires_payment_method", "automatic"),
        "open for authorization": ("requires_payment_method", "manual"),
        "authorized": ("requires_capture", "manual"),
        "paid": ("succeeded", "automatic"),
    }
    return [
        (state, event_type)
        for state, (status, capture_method) in shown.items()
        for event_type in event_types_for({"status": status, "capture_method": capture_method})
    ]


@pytest.mark.parametrize(("state", "event_type"), cases())
def test_an_event_is_caused_for_a_payment_of_the_site(
    sandbox: Sandbox, client: stripe.StripeClient, state: str, event_type: str
) -> None:
    intent = payments.create(client, **STATUSES[state])
    events = sandbox.trigger(event_type, intent.id)
    (event,) = [event for event in events if event["type"] == event_type]
    subject = event["data"]["object"]
    assert intent.id in {subject["id"], subject.get("payment_intent")}
    assert not [event for event in events if event["type"] == "payment_intent.created"]


def test_what_does_not_fit_the_payment_is_refused(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    with pytest.raises(TriggerError, match=r"must be one of charge\.dispute\.closed"):
        sandbox.trigger("payment_intent.canceled", intent.id)
    with pytest.raises(TriggerError, match="No such payment_intent"):
        sandbox.trigger("payment_intent.canceled", "pi_none")


def test_the_page_lets_choose_the_sites_payments_only(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.create(own_client, description="Lisbon")
    (triggered,) = [
        event["data"]["object"]["id"] for event in own_sandbox.trigger("payment_intent.created")
    ]
    page = call(own_sandbox, "GET", "/_sandbox/triggers", headers=PAGE).body.decode()
    assert f'<option value="{intent.id}">$20.00 USD, Lisbon' in page
    assert f'value="{triggered}"' not in page
    chosen = f"/_sandbox/triggers?payment_intent={intent.id}"
    page = call(own_sandbox, "GET", chosen, headers=PAGE).body.decode()
    assert f'<option value="{intent.id}" selected>' in page
    assert 'value="payment_intent.succeeded"' in page
    assert 'value="charge.refunded"' not in page


def test_the_page_says_that_the_site_ignores_a_new_payment(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_test")
    intent = payments.create(own_client)

    def trigger(body: str) -> str:
        sent = call(own_sandbox, "POST", "/_sandbox/triggers", body, FORM)
        return call(own_sandbox, "GET", sent.headers["Location"], headers=PAGE).body.decode()

    ignored = trigger("event=payment_intent.created")
    assert "Your site ignores these events." in ignored
    followed = trigger(f"event=payment_intent.succeeded&payment_intent={intent.id}")
    assert "Your site ignores these events." not in followed
    assert "If your site made this payment, it changes there too." in followed
    assert "charge.succeeded" in followed


def test_the_page_says_when_nobody_receives_the_events(own_sandbox: Sandbox) -> None:
    sent = call(own_sandbox, "POST", "/_sandbox/triggers", "event=customer.created", FORM)
    page = call(own_sandbox, "GET", sent.headers["Location"], headers=PAGE).body
    assert b"Nobody receives these events" in page


def test_a_program_triggers_for_a_payment(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    intent = payments.pay(own_client)
    path = f"/_sandbox/triggers?payment_intent={intent.id}"
    names = call(own_sandbox, "GET", path, headers={}).json["data"]
    assert "charge.refunded" in names
    body = json.dumps({"event": "charge.refunded", "payment_intent": intent.id})
    answer = call(own_sandbox, "POST", "/_sandbox/triggers", body, JSON).json
    assert "charge.refunded" in [event["type"] for event in answer["data"]]
    assert own_client.v1.refunds.list().data[0].payment_intent == intent.id
