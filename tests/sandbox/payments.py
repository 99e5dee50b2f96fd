"""Payments for the tests."""

from typing import Any

import stripe

WITHOUT_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


def create(client: stripe.StripeClient, **params: Any) -> stripe.PaymentIntent:
    """Create a payment intent, of 20.00 USD by default."""
    defaults = {
        "amount": 2000,
        "currency": "usd",
        "automatic_payment_methods": WITHOUT_REDIRECTS,
    }
    return client.v1.payment_intents.create(defaults | params)


def pay(
    client: stripe.StripeClient, card: str = "pm_card_visa", **params: Any
) -> stripe.PaymentIntent:
    """Create a payment intent and confirm it with a test card."""
    return create(client, payment_method=card, confirm=True, **params)


def event_types(client: stripe.StripeClient) -> list[str]:
    """Return the types of all events so far, oldest first."""
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1]
