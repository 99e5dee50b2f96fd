"""Payments by bank debit, voucher and redirect, for the tests."""

from typing import Any

import stripe

DAY = 24 * 60 * 60
ACCEPTED = {
    "customer_acceptance": {
        "type": "online",
        "online": {"ip_address": "203.0.113.7", "user_agent": "Alice's browser"},
    }
}
RETURN_URL = "https://shop.example/done?order=1"


def create(client: stripe.StripeClient, kind: str, currency: str, **params: Any) -> Any:
    return client.v1.payment_intents.create(
        {"amount": 2000, "currency": currency, "payment_method_types": [kind], **params}
    )


def debit(
    client: stripe.StripeClient, method: str = "pm_successDelayed_de", **params: Any
) -> stripe.PaymentIntent:
    """Return a payment by a debit that is still processing."""
    is_sepa = not method.startswith("pm_usBankAccount")
    kind, currency = ("sepa_debit", "eur") if is_sepa else ("us_bank_account", "usd")
    defaults = {"payment_method": method, "confirm": True, "mandate_data": ACCEPTED}
    return create(client, kind, currency, **(defaults | params))


def voucher(
    client: stripe.StripeClient, email: str = "fill_never@example.com", **params: Any
) -> stripe.PaymentIntent:
    """Return a payment with an open voucher."""
    data = {
        "type": "boleto",
        "boleto": {"tax_id": "000.000.000-00"},
        "billing_details": payer(email),
    }
    return create(client, "boleto", "brl", payment_method_data=data, confirm=True, **params)


def payer(email: str) -> dict[str, Any]:
    address = {
        "line1": "Rua da Paz 1",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01000-000",
        "country": "BR",
    }
    return {"name": "Alice", "email": email, "address": address}


def redirect(client: stripe.StripeClient, **params: Any) -> stripe.PaymentIntent:
    """Return a payment that redirects to the bank."""
    data = {"type": "ideal", "ideal": {"bank": "ing"}}
    defaults = {"payment_method_data": data, "confirm": True, "return_url": RETURN_URL}
    return create(client, "ideal", "eur", **(defaults | params))
