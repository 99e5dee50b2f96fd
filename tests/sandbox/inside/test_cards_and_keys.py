"""The pages with test cards and keys say what is true."""

import re
from html import unescape

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.cards import CARDS
from payments_graphql.sandbox.inside.cards import describe
from payments_graphql.sandbox.specification import RELEASE
from tests.sandbox import payments
from tests.sandbox.conftest import connect
from tests.sandbox.http_calls import call

PAGE = {"Accept": "text/html"}


def read(sandbox: Sandbox, path: str) -> str:
    return unescape(call(sandbox, "GET", path, headers=PAGE).body.decode())


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.names[0])
def test_a_card_does_what_the_page_says(client: stripe.StripeClient, card) -> None:
    said = describe(card)
    try:
        status = payments.pay(client, f"pm_card_{card.names[0]}").status
    except stripe.CardError as error:
        status = f"Declined: {error.json_body['error']['decline_code']}."
    if said.startswith("Declined"):
        assert said.startswith(status)
    elif said.startswith("Requires 3-D Secure"):
        assert status == "requires_action"
    else:
        assert status == "succeeded"
        assert said.startswith(("Paid", "Supports 3-D Secure"))


def test_every_card_and_account_is_on_the_page(sandbox: Sandbox) -> None:
    page = read(sandbox, "/_sandbox/cards")
    for card in CARDS:
        assert f'value="{card.number}"' in page
        assert f"pm_card_{card.names[0]}" in page
    for expected in ("DE89370400440532013000", "000123456789", "fill_never@example.com"):
        assert expected in page
    listed = call(sandbox, "GET", "/_sandbox/cards", headers={}).json["data"]
    assert [one["number"] for one in listed] == [card.number for card in CARDS]


def test_a_site_connects_with_the_settings_of_the_page(own_sandbox: Sandbox) -> None:
    own_sandbox.forward_to("http://127.0.0.1:9/hook", "whsec_of_the_site")
    page = read(own_sandbox, "/_sandbox/keys")
    settings = dict(re.findall(r'<input readonly value="([^"]+)" aria-label="(STRIPE_\w+)"', page))
    names = {name: value for value, name in settings.items()}
    assert names["STRIPE_API_BASE"] == own_sandbox.url
    assert names["STRIPE_WEBHOOK_SECRET"] == "whsec_of_the_site"
    assert names["STRIPE_PUBLISHABLE_KEY"].startswith("pk_test_")
    account = connect(own_sandbox, names["STRIPE_SECRET_KEY"]).v1.accounts.retrieve_current()
    assert account.id in page
    script = f"{own_sandbox.url}/{RELEASE}/stripe.js"
    assert script in page
    assert call(own_sandbox, "GET", f"/{RELEASE}/stripe.js", headers={}).status == 200


def test_the_secrets_of_endpoints_are_on_the_page(
    own_sandbox: Sandbox, own_client: stripe.StripeClient
) -> None:
    endpoint = own_client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}
    )
    assert str(endpoint.secret) in read(own_sandbox, "/_sandbox/keys")
