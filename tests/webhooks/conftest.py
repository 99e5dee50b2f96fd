import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import stripe
from django.utils import timezone

from payments_graphql.models import EventState, StripeWebhookEvent
from payments_graphql.stripe_client import API_VERSION
from tests.conftest import WEBHOOK_PATH

_PAYMENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 500,
    "currency": "usd",
    "customer": None,
}


@pytest.fixture
def make_event() -> Callable[..., dict[str, Any]]:
    """A Stripe event, as it would be delivered."""

    def make_event(type: str = "payment_intent.succeeded", **values: Any) -> dict[str, Any]:
        return {
            "id": "evt_1",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "livemode": False,
            "type": type,
            "data": {"object": _PAYMENT},
        } | values

    return make_event


@pytest.fixture
def post(client: Any, db: None) -> Callable[..., Any]:
    """Returns the answer to a body, signed like Stripe unless `signature` is given."""

    def post(
        body: Any,
        *,
        secret: str = "whsec_testing",
        timestamp: int | None = None,
        signature: str | None = None,
        **extra: Any,
    ) -> Any:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        if signature is None:
            signature = stripe.WebhookSignature.generate_signature_header(
                raw.decode("utf-8", "replace"), secret, timestamp
            )
        return client.generic(
            "POST",
            WEBHOOK_PATH,
            raw,
            content_type="application/json",
            headers={"Stripe-Signature": signature},
            **extra,
        )

    return post


@pytest.fixture
def pass_lease() -> Callable[[], None]:
    """Simulates that the workers with claims died a while ago."""

    def pass_lease() -> None:
        now = timezone.now()
        claimed = StripeWebhookEvent.objects.filter(state=EventState.PROCESSING)
        claimed.update(lease_expires_at=now, next_attempt_at=now)

    return pass_lease
