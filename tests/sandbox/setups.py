"""Setup intents for the tests."""

from typing import Any

import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.http_calls import FORM, call


def create(client: stripe.StripeClient, **params: Any) -> stripe.SetupIntent:
    defaults = {"automatic_payment_methods": payments.WITHOUT_REDIRECTS}
    return client.v1.setup_intents.create(defaults | params)


def set_up(
    client: stripe.StripeClient, card: str = "pm_card_visa", **params: Any
) -> stripe.SetupIntent:
    return create(client, payment_method=card, confirm=True, **params)


def authenticate(sandbox: Sandbox, intent_id: str, outcome: str = "succeed") -> None:
    path = f"/_sandbox/authenticate/{intent_id}"
    assert call(sandbox, "POST", path, f"outcome={outcome}", FORM).status == 200
