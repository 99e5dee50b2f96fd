"""Objects that others create with the account's keys: our customers' are adopted, metadata is
checked."""

import uuid

import pytest

from payments_graphql.mirror import our_metadata
from payments_graphql.models import (
    Booking,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile


@pytest.fixture
def alices(service, alice, sandbox):
    return service.get_or_create_customer(alice)["customer"]


def _make(dashboard, customer_id: str, **values):
    asked = {
        "amount": 500,
        "currency": "eur",
        "customer": customer_id,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    return dashboard.v1.payment_intents.create(asked | values)


def test_a_payment_made_in_the_dashboard_is_adopted(
    alices, alice, dashboard, events, deliver, service
):
    made = _make(dashboard, alices.stripe_customer_id, metadata={"order": "7"})

    deliver(*events("payment_intent.created"))

    (intent,) = StripePaymentIntent.objects.for_user(alice)
    assert intent.stripe_payment_intent_id == made.id
    assert (intent.amount, intent.currency, intent.metadata) == (500, "EUR", {"order": "7"})
    assert intent.booking is None
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]


def test_a_refund_made_in_the_dashboard_is_adopted(alice, pay, dashboard, events, deliver):
    intent = pay(alice)
    made = dashboard.v1.refunds.create(
        {"payment_intent": intent.stripe_payment_intent_id, "amount": 100, "reason": "duplicate"}
    )

    deliver(*events("refund.created"))

    refund = StripeRefund.objects.get()
    assert (refund.stripe_refund_id, refund.amount, refund.reason) == (made.id, 100, "duplicate")
    assert refund.payment_intent == intent


def test_another_customers_payment_is_not_adopted(alices, dashboard, events, deliver):
    stranger = dashboard.v1.customers.create({"email": "stranger@example.com"})
    _make(dashboard, stranger.id)

    deliver(*events())
    reconcile()

    assert not StripePaymentIntent.objects.exists()
    foreign = StripeWebhookEvent.objects.filter(type="payment_intent.created").get()
    assert (foreign.state, foreign.payload) == ("ignored", None)


@pytest.fixture
def unanswered(alices, alice):
    """The row of a payment whose answer from Stripe was lost."""
    return StripePaymentIntent.objects.create(customer=alices, amount=500, currency="EUR")


def test_matching_metadata_finds_the_row(alices, unanswered, dashboard, events, deliver):
    metadata = our_metadata(uuid.uuid4(), payment_intent=unanswered.pk)
    made = _make(dashboard, alices.stripe_customer_id, metadata=metadata)

    deliver(*events("payment_intent.created"))

    unanswered.refresh_from_db()
    assert unanswered.stripe_payment_intent_id == made.id
    assert unanswered.metadata == {}


@pytest.mark.parametrize("lie", ["amount", "currency", "installation", "no uuid"])
def test_made_up_metadata_is_not_believed(alices, unanswered, dashboard, events, deliver, lie):
    metadata = our_metadata(uuid.uuid4(), payment_intent=unanswered.pk)
    values = {"metadata": metadata}
    match lie:
        case "amount":
            values["amount"] = 50_000
        case "currency":
            values["currency"] = "usd"
        case "installation":
            metadata["payments_installation"] = "another site"
        case "no uuid":
            metadata["payments_payment_intent"] = "' OR 1=1 --"
    made = _make(dashboard, alices.stripe_customer_id, **values)

    deliver(*events("payment_intent.created"))

    unanswered.refresh_from_db()
    assert unanswered.stripe_payment_intent_id is None
    adopted = StripePaymentIntent.objects.get(stripe_payment_intent_id=made.id)
    assert adopted.booking is None


def test_metadata_naming_another_customers_row_is_not_believed(
    unanswered, service, bob, dashboard, events, deliver
):
    bobs = service.get_or_create_customer(bob)["customer"]
    metadata = our_metadata(uuid.uuid4(), payment_intent=unanswered.pk)
    made = _make(dashboard, bobs.stripe_customer_id, metadata=metadata)

    deliver(*events("payment_intent.created"))

    unanswered.refresh_from_db()
    assert unanswered.stripe_payment_intent_id is None
    assert StripePaymentIntent.objects.get(stripe_payment_intent_id=made.id).customer == bobs


def test_metadata_does_not_claim_an_accepted_payment(
    alice, alices, booking, service, dashboard, events, deliver
):
    paid_for = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    metadata = our_metadata(uuid.uuid4(), payment_intent=paid_for.pk)
    made = _make(
        dashboard, alices.stripe_customer_id, amount=9999, currency="usd", metadata=metadata
    )

    deliver(*events("payment_intent.created"))

    paid_for.refresh_from_db()
    assert paid_for.stripe_payment_intent_id != made.id
    assert Booking.objects.get().payment_intents.count() == 1
