import pytest
import stripe

from tests.webhooks.conftest import make_event

__all__ = ["make_event"]


@pytest.fixture
def sign():
    """Signs `body` like Stripe does."""

    def sign(body: str) -> str:
        return stripe.WebhookSignature.generate_signature_header(body, "whsec_testing")

    return sign
