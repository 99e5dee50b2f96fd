"""Staff capture or cancel an authorized payment in the admin."""

from typing import Any

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import Operation, OperationKind, StripePaymentIntent
from payments_graphql.services import StripeService

from .conftest import action_url, fill_in, page_url

pytestmark = pytest.mark.any_database


@pytest.fixture
def hold(service: StripeService, alice: User) -> StripePaymentIntent:
    created = service.create_payment_intent(
        user=alice, amount="80.00", currency="EUR", capture_method="manual"
    )
    assert created["success"]
    confirmed = service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_visa"
    )
    assert confirmed["success"]
    return confirmed["payment_intent"]


def test_the_page_says_until_when_and_offers_both(
    staff_client: Client, hold: StripePaymentIntent
) -> None:
    page = staff_client.get(page_url(hold)).text
    assert "Authorized 80.00 EUR, not captured yet" in page
    assert "Authorized until " in page
    for name in ("capture", "cancel"):
        assert action_url(hold, name) in page


def test_a_part_is_captured_after_the_page_said_what_is_released(
    staff_client: Client, hold: StripePaymentIntent, dashboard: stripe.StripeClient, sam: User
) -> None:
    url = action_url(hold, "capture")
    values = fill_in(staff_client, url, amount="12.00")
    del values["confirmed"]
    asked = staff_client.post(url, values)
    assert "The customer pays 12.00 EUR." in asked.text
    assert "The rest of 68.00 EUR is released" in asked.text
    assert 'value="Capture 12.00 EUR"' in asked.text
    hold.refresh_from_db()
    assert hold.status == "requires_capture"

    given = dict(asked.context["given"]) | {"confirmed": "yes"}
    response = staff_client.post(url, given, follow=True)
    assert response.redirect_chain == [(page_url(hold), 302)]
    assert "Captured 12.00 EUR." in response.text
    assert "Paid 12.00 EUR on" in response.text
    assert "68.00 EUR released to the customer." in response.text
    at_stripe = dashboard.v1.payment_intents.retrieve(str(hold.stripe_payment_intent_id))
    assert (at_stripe.status, at_stripe.amount_received) == ("succeeded", 1200)
    operation = Operation.objects.get(kind=OperationKind.CAPTURE_PAYMENT_INTENT)
    assert operation.actor == f"user:{sam.pk}"
    assert "Captured 12.00 EUR" in LogEntry.objects.get().change_message


def test_the_preview_can_be_changed_and_keeps_what_was_entered(
    staff_client: Client, hold: StripePaymentIntent
) -> None:
    url = action_url(hold, "capture")
    values = fill_in(staff_client, url, amount="12.00") | {"change": "Change"}
    form = staff_client.post(url, values).context["form"]
    assert form["amount"].value() == "12.00"
    assert form["idempotency_key"].value() == values["idempotency_key"]
    hold.refresh_from_db()
    assert hold.status == "requires_capture"


def test_the_same_form_sent_twice_captures_once_and_succeeds_twice(
    staff_client: Client, hold: StripePaymentIntent
) -> None:
    url = action_url(hold, "capture")
    values = fill_in(staff_client, url)
    for _ in range(2):
        assert staff_client.post(url, values).status_code == 302
    captures = Operation.objects.filter(kind=OperationKind.CAPTURE_PAYMENT_INTENT)
    assert captures.count() == 1
    hold.refresh_from_db()
    assert hold.amount_received == 8000


@pytest.mark.parametrize("amount", ["80.01", "0", "ten"])
def test_a_wrong_amount_captures_nothing(
    staff_client: Client, hold: StripePaymentIntent, amount: str
) -> None:
    url = action_url(hold, "capture")
    for confirmed in ({}, {"confirmed": "yes"}):
        values = fill_in(staff_client, url, amount=amount)
        del values["confirmed"]
        form = staff_client.post(url, values | confirmed).context["form"]
        assert form.errors["amount"]
    hold.refresh_from_db()
    assert hold.status == "requires_capture"


def test_a_hold_that_was_canceled_at_stripe_is_not_captured(
    staff_client: Client, hold: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    url = action_url(hold, "capture")
    values = fill_in(staff_client, url)
    dashboard.v1.payment_intents.cancel(str(hold.stripe_payment_intent_id))
    response = staff_client.post(url, values)
    assert response.status_code == 200
    assert "Nothing was captured." in response.text
    form = response.context["form"]
    assert form.non_field_errors()
    assert form["idempotency_key"].value() != values["idempotency_key"]


def test_a_hold_is_canceled_after_the_page_said_what_is_released(
    staff_client: Client, hold: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    url = action_url(hold, "cancel")
    assert "80.00 EUR is released to the customer." in staff_client.get(url).text
    values = fill_in(staff_client, url, reason="requested_by_customer")
    for _ in range(2):  # a double click
        response = staff_client.post(url, values, follow=True)
        assert "(requested by the customer), 80.00 EUR were not charged" in response.text
    at_stripe = dashboard.v1.payment_intents.retrieve(str(hold.stripe_payment_intent_id))
    assert at_stripe.cancellation_reason == "requested_by_customer"
    assert Operation.objects.filter(kind=OperationKind.CANCEL_PAYMENT_INTENT).count() == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("capture", "You are not allowed to capture this payment."),
        ("cancel", "You are not allowed to cancel this payment."),
        ("refund", "You are not allowed to refund this payment."),
        ("charge", "You are not allowed to charge while the customer is away."),
        ("note", "You are not allowed to add notes."),
    ],
)
def test_staff_who_may_only_look_are_told_why_and_cannot_act(
    viewer_client: Client, hold: StripePaymentIntent, name: str, reason: str
) -> None:
    page = viewer_client.get(page_url(hold)).text
    assert action_url(hold, name) not in page
    assert reason in page
    assert viewer_client.get(action_url(hold, name)).status_code == 403
    assert viewer_client.post(action_url(hold, name), {"confirmed": "yes"}).status_code == 403
    hold.refresh_from_db()
    assert hold.status == "requires_capture"


@pytest.mark.parametrize("name", ["capture", "cancel"])
def test_a_paid_payment_says_why_it_cannot(
    staff_client: Client, pay: Any, alice: User, name: str
) -> None:
    paid = pay(alice, "50.00")
    page = staff_client.get(page_url(paid)).text
    assert action_url(paid, name) not in page
    said = f"A payment with the status &quot;succeeded&quot; cannot be {name}"
    assert said in page
    response = staff_client.get(action_url(paid, name), follow=True)
    assert f"cannot be {name}" in response.text
    assert response.redirect_chain == [(page_url(paid), 302)]
    form = staff_client.post(
        action_url(paid, name), {"idempotency_key": "k", "confirmed": "yes"}
    ).context["form"]
    assert f"cannot be {name}" in form.non_field_errors()[0]


@pytest.mark.parametrize("name", ["capture", "cancel", "charge", "read"])
def test_a_payment_of_other_keys_is_left_alone(
    staff_client: Client, hold: StripePaymentIntent, name: str
) -> None:
    StripePaymentIntent.objects.update(livemode=True)
    page = staff_client.get(page_url(hold)).text
    assert action_url(hold, name) not in page
    assert "another mode or Stripe account than the current keys" in page
    before = Operation.objects.count()
    values = {"idempotency_key": "k", "confirmed": "yes"}
    assert staff_client.post(action_url(hold, name), values).status_code == 200
    assert Operation.objects.count() == before
