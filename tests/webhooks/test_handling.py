"""What each type of event does to the mirror."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import StripeCustomer, StripePaymentMethod, StripeWebhookEvent
from payments_graphql.webhooks import claiming


def _get(type: str) -> StripeWebhookEvent:
    return StripeWebhookEvent.objects.get(type=type)


def test_a_creation_that_came_late_needs_no_read(service, alice, events, deliver):
    """Everything else in the same second happened after it."""
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    intent = created["payment_intent"]
    (event,) = events("payment_intent.created")
    event["data"]["object"]["description"] = "As it was"
    row = type(intent).objects.filter(pk=intent.pk)
    row.update(as_of=datetime.fromtimestamp(event["created"], tz=UTC))

    deliver(event)

    assert _get("payment_intent.created").state == "processed"
    intent.refresh_from_db()
    assert intent.description == ""


def test_a_deleted_customer_is_no_longer_used(service, alice, pay, dashboard, events, deliver):
    card = pay(alice, save_payment_method=True).payment_method
    dashboard.v1.customers.delete(card.customer.stripe_customer_id)

    deliver(*events("customer.deleted"))

    assert _get("customer.deleted").state == "processed"
    assert StripeCustomer.objects.get().deleted_at is not None
    card.refresh_from_db()
    assert not card.is_attached


@pytest.mark.parametrize("is_known", [True, False])
def test_a_detached_card_stays_with_its_user(alice, pay, dashboard, events, deliver, is_known):
    card = pay(alice, save_payment_method=True).payment_method
    customer, stripe_id = card.customer, card.stripe_payment_method_id
    if not is_known:
        type(card).objects.all().delete()
    dashboard.v1.payment_methods.detach(stripe_id)

    deliver(*events("payment_method.detached"))

    assert _get("payment_method.detached").state == "processed"
    row = StripePaymentMethod.objects.get()
    assert (row.stripe_payment_method_id, row.customer) == (stripe_id, customer)
    assert not row.is_attached


def _warning(payment_intent):
    return {
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "charge": "ch_1",
        "payment_intent": payment_intent,
        "fraud_type": "made_with_stolen_card",
        "actionable": True,
    }


def test_a_fraud_warning_is_logged(alice, pay, post, make_event, caplog):
    intent = pay(alice)
    warning = _warning(intent.stripe_payment_intent_id)

    post(make_event("radar.early_fraud_warning.created", data={"object": warning}))

    assert _get("radar.early_fraud_warning.created").state == "processed"
    (line,) = [one for one in caplog.records if "early_fraud_warning " in one.getMessage()]
    assert line.levelname == "WARNING"
    for said in ("issfr_1", "ch_1", str(intent.pk), "made_with_stolen_card", "actionable=True"):
        assert said in line.getMessage()


@pytest.mark.parametrize("payment_intent", ["pi_of_others", None])
def test_a_warning_about_others_is_ignored(post, make_event, caplog, payment_intent):
    warning = _warning(payment_intent)

    post(make_event("radar.early_fraud_warning.created", data={"object": warning}))

    event = _get("radar.early_fraud_warning.created")
    assert (event.state, event.payload) == ("ignored", None)
    assert event.reason == "not about a payment of one of our customers"


def test_a_processed_event_has_its_time(service, alice, events, deliver):
    service.create_payment_intent(user=alice, amount=10, currency="USD")

    deliver(*events("payment_intent.created"))

    event = _get("payment_intent.created")
    assert timezone.now() - event.processed_at < timedelta(minutes=1)
    assert (event.attempts, event.lease_expires_at, event.next_attempt_at) == (1, None, None)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (5, 80), (11, 5120), (12, 10240), (13, 14400)]
)
def test_a_failing_event_waits_longer_each_time(post, make_event, monkeypatch, attempts, seconds):
    post(make_event("charge.succeeded"))
    StripeWebhookEvent.objects.update(state="processing", attempts=attempts)
    monkeypatch.setattr(claiming, "MAXIMUM_ATTEMPTS", 99)
    monkeypatch.setattr(claiming.random, "uniform", lambda least, most: (least + most) / 2)
    event = _get("charge.succeeded")

    claiming.fail(event, ValueError("a NUL: \0"))

    event.refresh_from_db()
    assert event.state == "failed"
    assert event.error == "ValueError: a NUL: \ufffd"
    waits = (event.next_attempt_at - timezone.now()).total_seconds()
    assert seconds - 2 < waits <= seconds
