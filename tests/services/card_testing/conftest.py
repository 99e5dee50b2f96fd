"""Someone tries stolen cards in a browser that calls Stripe and not this site."""

import pytest
import stripe
from django.db.models import F

from payments_graphql.errors import RateLimitedError
from payments_graphql.models import Operation, StatusChange, StripeWebhookEvent
from payments_graphql.services.card_testing import refuse_blocked
from payments_graphql.stripe_client import API_VERSION

DECLINED = "pm_card_visa_chargeDeclined"
CANCEL = "/v1/payment_intents/*/cancel"


@pytest.fixture
def begin(service):
    """A payable payment of this user, and its client secret."""

    def begin(user, **values):
        created = service.create_payment_intent(user=user, amount=1, currency="USD", **values)
        assert created["success"], created
        return created["payment_intent"], created["client_secret"]

    return begin


@pytest.fixture
def tester(sandbox):
    """A browser with the publishable key and a client secret. Its requests do not reach this
    site."""
    browser = stripe.StripeClient(
        "pk_test_sandbox", stripe_version=API_VERSION, base_addresses={"api": sandbox.url}
    )

    def fail(begun, times):
        _, secret = begun
        stripe_id = secret.partition("_secret_")[0]
        kind = "setup_intents" if stripe_id.startswith("seti_") else "payment_intents"
        card = {"client_secret": secret, "payment_method": DECLINED}
        for _ in range(times):
            with pytest.raises(stripe.CardError):
                getattr(browser.v1, kind).confirm(stripe_id, card)

    return fail


@pytest.fixture
def deliver_failures(events, deliver):
    def deliver_failures():
        deliver(*events("payment_intent.payment_failed", "setup_intent.setup_failed"))

    return deliver_failures


@pytest.fixture
def let_time_pass():
    def let_time_pass(time):
        StripeWebhookEvent.objects.update(stripe_created=F("stripe_created") - time)
        StatusChange.objects.update(occurred_at=F("occurred_at") - time)
        Operation.objects.update(created_at=F("created_at") - time)

    return let_time_pass


def is_blocked(user):
    try:
        refuse_blocked(user)
    except RateLimitedError as error:
        return error
    return None
