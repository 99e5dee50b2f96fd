"""The page of webhooks says since when an endpoint fails, and what to do."""

import re
from html import unescape

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox.conftest import Receiver
from tests.sandbox.http_calls import FORM, call
from tests.sandbox.waiting import wait_until

PAGE = {"Accept": "text/html"}
WARNING = "No delivery has succeeded since"


def read(sandbox: Sandbox) -> str:
    return unescape(call(sandbox, "GET", "/_sandbox/webhooks", headers=PAGE).body.decode())


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "Compare its STRIPE_WEBHOOK_SECRET with the secret"),
        (403, "exempt from CSRF checks"),
        (404, "Check the path"),
        (302, "Use the address that the redirect leads to"),
        (500, "Read its log"),
        (422, "must answer with a status from 200 to 299"),
    ],
)
def test_the_warning_fits_the_answer(
    own_sandbox: Sandbox,
    own_client: stripe.StripeClient,
    receiver: Receiver,
    status: int,
    advice: str,
) -> None:
    receiver.statuses = [status] * 20
    own_sandbox.forward_to(receiver.url, "whsec_test")
    own_client.v1.customers.create({})
    wait_until(lambda: WARNING in read(own_sandbox))
    page = read(own_sandbox)
    assert f"Last answer: {status}." in page
    assert advice in page
    assert re.search(r"since <time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d</time> UTC", page)
    assert "1 delivery waits" in page


def test_a_site_that_is_down_is_to_be_started(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    own_sandbox.forward_to("http://127.0.0.1:9/hook", "whsec_test")
    own_client.v1.customers.create({})
    wait_until(lambda: WARNING in read(own_sandbox))
    assert "Nobody answers there. Start the site, or check the address." in read(own_sandbox)


def test_what_waits_is_sent_now_and_the_warning_goes(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 3
    own_sandbox.forward_to(receiver.url, "whsec_test")
    for _ in range(3):
        own_client.v1.customers.create({})
    receiver.wait_for(3)
    wait_until(lambda: "3 deliveries wait" in read(own_sandbox))
    # Otherwise they would be sent in a second or two anyway.
    own_sandbox._started().store.execute("UPDATE deliveries SET due = due + 86400")
    path = re.search(r'action="(/_sandbox/endpoints/wh_\w+/send)"', read(own_sandbox))
    assert path is not None
    assert call(own_sandbox, "POST", path[1], "", FORM).status == 303
    wait_until(lambda: WARNING not in read(own_sandbox))
    assert call(own_sandbox, "POST", "/_sandbox/endpoints/wh_none/send", "", FORM).status == 404


def test_a_disabled_endpoint_is_enabled_again(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["*"]}
    )
    own_client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    assert "It is disabled and receives no new events." in read(own_sandbox)
    own_sandbox.act(endpoint.id, "enable")
    assert "It is disabled" not in read(own_sandbox)
    own_client.v1.customers.create({})
    receiver.wait_for(1)


def test_a_working_endpoint_has_no_warning(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    own_sandbox.forward_to(receiver.url, "whsec_test")
    own_client.v1.customers.create({})
    receiver.wait_for(1)
    assert WARNING not in read(own_sandbox)


def test_only_the_latest_attempts_are_shown(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 20
    own_sandbox.forward_to(receiver.url, "whsec_test")
    own_client.v1.customers.create({})

    def attempts() -> int:
        shown = call(own_sandbox, "GET", "/_sandbox/webhooks", headers={}).json
        return len(shown["deliveries"][0]["attempts"])

    for count in range(1, 7):
        wait_until(lambda count=count: attempts() >= count)
        call(own_sandbox, "POST", "/_sandbox/deliveries/1/send", "", FORM)
    page = read(own_sandbox)
    start = re.search(r'<ol start="(\d+)">', page)
    assert start is not None
    assert int(start[1]) >= 3
    assert page.count("<li>") == 4
