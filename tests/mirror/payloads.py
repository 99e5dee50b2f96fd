"""Stripe objects of Alice, and helpers for their rows."""

from datetime import UTC, datetime
from typing import Any

CREATED = 1_790_000_000
CARD = {
    "id": "pm_1",
    "object": "payment_method",
    "customer": "cus_alice",
    "type": "card",
    "created": CREATED,
    "card": {
        "brand": "visa",
        "last4": "4242",
        "exp_month": 7,
        "exp_year": 2031,
        "funding": "credit",
        "country": "PT",
        "fingerprint": "f1",
    },
}
PAYMENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "customer": "cus_alice",
    "status": "requires_capture",
    "amount": 5000,
    "currency": "eur",
    "created": CREATED,
}
FULL_PAYMENT = PAYMENT | {
    "amount_capturable": 4000,
    "amount_received": 300,
    "description": "Two nights",
    "capture_method": "manual",
    "setup_future_usage": "off_session",
    "metadata": {"room": "12", "payments_operation": "ours"},
    "receipt_email": "alice@example.com",
    "last_payment_error": {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "do_not_honor",
        "advice_code": "try_again_later",
        "message": "No.",
        "charge": "ch_0",
        "payment_method": {"id": "pm_0"},
    },
    "cancellation_reason": "abandoned",
    "canceled_at": CREATED + 60,
    "latest_charge": {
        "id": "ch_1",
        "receipt_url": "https://pay.stripe.com/receipts/1",
        "payment_method_details": {"type": "card", "card": {"capture_before": CREATED + 600}},
    },
    "payment_method": CARD,
}
REFUND = {
    "id": "re_1",
    "object": "refund",
    "payment_intent": "pi_1",
    "status": "failed",
    "amount": 700,
    "currency": "eur",
    "created": CREATED,
}
DISPUTE = {
    "id": "du_1",
    "object": "dispute",
    "payment_intent": "pi_1",
    "status": "under_review",
    "amount": 800,
    "currency": "eur",
    "created": CREATED,
}
SETUP = {
    "id": "seti_1",
    "object": "setup_intent",
    "customer": "cus_alice",
    "status": "requires_payment_method",
    "created": CREATED,
}


def time_at(seconds: int) -> datetime:
    return datetime.fromtimestamp(CREATED + seconds, tz=UTC)


def assert_has(row: Any, expected: dict[str, Any]) -> None:
    assert {name: getattr(row, name) for name in expected} == expected
