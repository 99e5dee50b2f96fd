import json

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call

JSON = {"Content-Type": "application/json"}


def test_the_front_page_shows_what_happened(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client, "pm_card_threeDSecureRequired")
    page = call(sandbox, "GET", "/", headers={})
    assert page.status == 200
    assert page.headers.get_content_type() == "text/html"
    assert intent.id in page.body.decode()
    assert f"/_sandbox/authenticate/{intent.id}" in page.body.decode()
    assert b"payment_intent.requires_action" in page.body


def test_the_clock_moves_over_http(own_sandbox: Sandbox, own_client: stripe.StripeClient) -> None:
    intent = payments.pay(own_client, "pm_card_pendingRefund")
    refund = own_client.v1.refunds.create({"payment_intent": intent.id})
    before = call(own_sandbox, "GET", "/_sandbox/clock").json["now"]
    moved = call(own_sandbox, "POST", "/_sandbox/clock", json.dumps({"advance": 3600}), JSON)
    assert moved.json["now"] - before >= 3600
    assert own_client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("{}", JSON),
        ('{"advance": "soon"}', JSON),
        ('{"advance": -1}', JSON),
        ('{"advance": NaN}', JSON),
        ('{"advance": 1e300}', JSON),
        ("[1]", JSON),
        ("{", JSON),
        (b"\xff", JSON),
        ("", FORM),
    ],
)
def test_a_wrong_time_is_refused(
    sandbox: Sandbox, body: bytes | str, headers: dict[str, str]
) -> None:
    assert call(sandbox, "POST", "/_sandbox/clock", body, headers).status == 400


def test_requests_are_shown_and_filtered(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    payments.pay(own_client)
    own_client.v1.customers.list()
    shown = call(own_sandbox, "GET", "/_sandbox/requests?method=post&path=/v1/payment_*").json
    assert [(one["method"], one["path"]) for one in shown["data"]] == [
        ("POST", "/v1/payment_intents")
    ]
    assert shown["data"][0]["parameters"]["amount"] == "2000"


def test_an_object_is_shown_without_the_sandboxs_notes(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intent = payments.pay(client)
    shown = call(sandbox, "GET", f"/_sandbox/objects/{intent.id}").json
    assert shown["id"] == intent.id
    assert not any(name.startswith("_") for name in shown)
    assert call(sandbox, "GET", "/_sandbox/objects/pi_no").status == 404


def test_a_receipt_can_be_looked_at(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = payments.pay(client, description="<b>Berlin</b>", expand=["latest_charge"])
    path = str(intent.latest_charge.receipt_url).removeprefix(sandbox.url)
    page = call(sandbox, "GET", path, headers={}).body.decode()
    assert "$20.00" in page
    assert "<b>" not in page


@pytest.mark.parametrize("body", ["", "outcome=maybe"])
def test_an_authentication_needs_an_outcome(
    sandbox: Sandbox, client: stripe.StripeClient, body: str
) -> None:
    intent = payments.pay(client, "pm_card_threeDSecureRequired")
    refused = call(sandbox, "POST", f"/_sandbox/authenticate/{intent.id}", body, FORM)
    assert refused.status == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_action"


def test_an_unknown_intent_has_no_page(sandbox: Sandbox) -> None:
    assert call(sandbox, "GET", "/_sandbox/authenticate/pi_no").status == 404
    assert call(sandbox, "POST", "/_sandbox/authenticate/pi_no", "outcome=fail", FORM).status == 404
