"""What the panel shows of a payment, and to whom."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from payments_graphql.models import Booking, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.services import StripeService

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(development: Any, alice: User, booking: Booking) -> StripePaymentIntent:
    service = StripeService()
    created = service.create_payment_intent(user=alice, booking=booking)
    assert created["success"]
    service.confirm_payment_intent(created["payment_intent"], payment_method="pm_card_visa")
    return created["payment_intent"]


def _path(payment: StripePaymentIntent) -> str:
    return f"/demo/payments/{payment.stripe_payment_intent_id}/"


def test_its_owner_sees_its_state_at_stripe_without_secrets(
    payment: StripePaymentIntent, client: Client, alice: User
) -> None:
    client.force_login(alice)
    shown = client.get(_path(payment)).json()
    assert shown["stripe"]["id"] == payment.stripe_payment_intent_id
    assert shown["stripe"]["status"] == "succeeded"
    assert "_secret_" not in json.dumps(shown)


def test_its_webhooks_are_listed_without_secrets(
    payment: StripePaymentIntent, client: Client, alice: User
) -> None:
    secret = f"{payment.stripe_payment_intent_id}_secret_abc"
    for event_id, object_id in (("evt_1", payment.stripe_payment_intent_id), ("evt_2", "pi_other")):
        StripeWebhookEvent.objects.create(
            event_id=event_id,
            type="payment_intent.succeeded",
            object_id=object_id,
            payload={"data": {"object": {"id": object_id, "client_secret": secret}}},
            stripe_created=timezone.now(),
        )
    client.force_login(alice)
    [event] = client.get(_path(payment)).json()["webhooks"]
    assert (event["id"], event["type"], event["state"]) == (
        "evt_1", "payment_intent.succeeded", "pending",
    )  # fmt: skip
    assert secret not in json.dumps(event)


def test_nobody_else_does(
    payment: StripePaymentIntent, client: Client, bob: User, sam: User
) -> None:
    assert client.get(_path(payment)).status_code == 404
    for user in (bob, sam):
        client.force_login(user)
        assert client.get(_path(payment)).status_code == 404


def test_outside_of_development_its_owner_does_not_either(
    payment: StripePaymentIntent, client: Client, alice: User, development: Any
) -> None:
    client.force_login(alice)
    development.DEBUG = False
    assert client.get(_path(payment)).status_code == 404


def test_a_hold_is_made_for_the_owner_of_the_booking(
    development: Any, client: Client, alice: User, bob: User, booking: Booking
) -> None:
    client.force_login(bob)
    assert client.post("/demo/holds/", {"reference": booking.reference}).status_code == 404
    client.force_login(alice)
    answer = client.post("/demo/holds/", {"reference": booking.reference}).json()
    held = StripePaymentIntent.objects.get(stripe_payment_intent_id=answer["stripeId"])
    assert (held.capture_method, held.booking) == ("manual", booking)
