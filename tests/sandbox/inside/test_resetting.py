"""Resetting the sandbox."""

import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver
from tests.sandbox.http_calls import FORM, call
from tests.sandbox.waiting import wait_until

PAGE = {"Accept": "text/html"}


def test_the_page_asks_first(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    customer = own_client.v1.customers.create({})
    page = call(own_sandbox, "GET", "/_sandbox/reset", headers=PAGE).body
    assert b"Delete everything" in page
    assert own_client.v1.customers.retrieve(customer.id).id == customer.id


def test_everything_is_deleted_but_the_endpoints(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_test")
    payments.pay(own_client, "pm_card_pendingRefund", capture_method="manual")
    own_sandbox.faults.add("error_500", path="/v1/refunds")
    own_sandbox.advance(30 * 24 * 60 * 60)
    before = own_client.v1.customers.create({}, {"idempotency_key": "same"})
    receiver.wait_for(4)

    assert (
        call(own_sandbox, "POST", "/_sandbox/reset", "", FORM).headers["Location"] == "/_sandbox/"
    )

    assert own_sandbox.requests() == []
    assert own_sandbox.faults.active() == []
    assert call(own_sandbox, "GET", "/_sandbox/objects", headers={}).json["data"] == []
    shown = call(own_sandbox, "GET", "/_sandbox/webhooks", headers={}).json
    assert (len(shown["endpoints"]), shown["deliveries"]) == (1, [])
    after = own_client.v1.customers.create({}, {"idempotency_key": "same"})
    assert after.id != before.id
    assert before.created - after.created > 29 * 24 * 60 * 60
    wait_until(lambda: receiver.types[-1] == "customer.created")


def test_an_endpoint_that_was_silent_is_asked_again(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    """Its silence was measured on the clock before the reset."""
    own_sandbox.advance(10 * 24 * 60 * 60)
    own_sandbox.forward_to("http://127.0.0.1:9/hook", "whsec_test")
    own_client.v1.customers.create({})
    worker = next(iter(own_sandbox._started().deliverer._workers.values()))
    wait_until(lambda: worker.silence.until > 0)
    call(own_sandbox, "POST", "/_sandbox/reset", "", FORM)
    assert worker.silence.until == 0
