"""Reads a payment from Stripe now, without waiting for an event."""

import pytest

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import StripePaymentIntent
from payments_graphql.services import payment_intents


@pytest.fixture
def intent(service, alice, sandbox):
    return service.create_payment_intent(user=alice, amount=20, currency="USD")["payment_intent"]


def test_a_payment_paid_in_the_browser_is_read(intent, dashboard):
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    synced = payment_intents.sync_payment_intent(intent)

    assert (synced, synced.status, synced.amount_received) == (intent, "succeeded", 2000)
    assert StripePaymentIntent.objects.get().status == "succeeded"


def test_a_payment_of_another_mode_is_not_read(intent, sandbox):
    intent.livemode = True
    asked = len(sandbox.requests())

    with pytest.raises(InvalidStateError, match="different mode"):
        payment_intents.sync_payment_intent(intent)
    assert len(sandbox.requests()) == asked
