"""What the customer's page and bank do with payments that take days."""

from typing import Any

import requests
import stripe

from payments_graphql.models import StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from tests.sandbox.bank_payments import ACCEPTED, DAY, payer

LATER = 3 * 60 + 1

__all__ = ["ACCEPTED", "DAY", "LATER", "debit", "end_voucher", "issue_voucher"]


def debit(
    dashboard: stripe.StripeClient, intent: StripePaymentIntent, method: str, **params: Any
) -> None:
    """Confirms like the page does, with the mandate that the customer accepts there."""
    dashboard.v1.payment_intents.confirm(
        str(intent.stripe_payment_intent_id),
        {"payment_method": method, "mandate_data": ACCEPTED, **params},
    )


def issue_voucher(
    dashboard: stripe.StripeClient,
    intent: StripePaymentIntent,
    email: str = "fill_never@example.com",
) -> None:
    """Confirms like the page does, for a voucher that nobody pays within three days by default."""
    data: Any = {
        "type": "boleto",
        "boleto": {"tax_id": "000.000.000-00"},
        "billing_details": payer(email),
    }
    dashboard.v1.payment_intents.confirm(
        str(intent.stripe_payment_intent_id), {"payment_method_data": data}
    )


def end_voucher(sandbox: Sandbox, intent: StripePaymentIntent, outcome: str) -> None:
    """Paid at the bank (`"pay"`), or not in time (`"expire"`)."""
    address = f"{sandbox.url}/_sandbox/vouchers/{intent.stripe_payment_intent_id}"
    requests.post(address, json={"outcome": outcome}, timeout=5).raise_for_status()
