"""Staff charge a saved card again, while the customer is away."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from payments_graphql import operations
from payments_graphql.models import (
    Booking,
    Operation,
    OperationKind,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService

from .conftest import action_url, fill_in, page_url

pytestmark = pytest.mark.any_database

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture
def card(pay: Pay, alice: User) -> StripePaymentMethod:
    """Alice's saved card."""
    paid = pay(alice, "5.00", save_payment_method=True)
    assert paid.payment_method is not None
    return paid.payment_method


@pytest.fixture
def declined(
    card: StripePaymentMethod, service: StripeService, alice: User, booking: Booking
) -> StripePaymentIntent:
    """Alice's booking, which she could not pay with another card."""
    created = service.create_payment_intent(user=alice, booking=booking)
    assert created["success"]
    result = service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"
    )
    assert not result["success"]
    created["payment_intent"].refresh_from_db()
    return created["payment_intent"]


def _save_bad_card(dashboard: stripe.StripeClient, customer: StripeCustomer) -> None:
    """A card that is declined only when it is charged."""
    method = dashboard.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": str(customer.stripe_customer_id)}
    )
    operations.sync("payment_method", method.id)


def _charge(client: Client, intent: StripePaymentIntent, **values: str) -> Any:
    url = action_url(intent, "charge")
    return client.post(url, fill_in(client, url, **values), follow=True)


def test_an_open_payment_is_charged_itself(
    staff_client: Client, declined: StripePaymentIntent, sam: User
) -> None:
    asked = staff_client.get(action_url(declined, "charge")).text
    assert "The card is charged 99.99 USD now, without the customer." in asked
    assert "A new payment" not in asked
    response = _charge(staff_client, declined)
    assert response.redirect_chain == [(page_url(declined), 302)]
    assert "Charged 99.99 USD to Visa •••• 4242." in response.text
    declined.refresh_from_db()
    assert declined.status == "succeeded"
    operation = Operation.objects.filter(payment_intent=declined).order_by("-created_at")[0]
    assert operation.actor == f"user:{sam.pk}"
    assert operation.parameters["off_session"] is True


def test_a_canceled_payment_of_a_booking_is_charged_through_a_new_one(
    staff_client: Client, declined: StripePaymentIntent, service: StripeService, sam: User
) -> None:
    service.cancel_payment_intent(declined)
    asked = staff_client.get(action_url(declined, "charge")).text
    assert "A new payment for the same booking is made." in asked
    response = _charge(staff_client, declined)
    new = StripePaymentIntent.objects.get(booking=declined.booking, status="succeeded")
    assert response.redirect_chain == [(page_url(new), 302)]
    assert (new.amount, new.customer_id) == (declined.amount, declined.customer_id)
    made = Operation.objects.get(payment_intent=new, kind=OperationKind.CREATE_PAYMENT_INTENT)
    assert made.actor == f"user:{sam.pk}"


@pytest.mark.parametrize("is_canceled", [False, True])
def test_the_same_form_sent_twice_charges_once(
    staff_client: Client,
    declined: StripePaymentIntent,
    service: StripeService,
    dashboard: stripe.StripeClient,
    is_canceled: bool,
) -> None:
    if is_canceled:
        service.cancel_payment_intent(declined)
    url = action_url(declined, "charge")
    values = fill_in(staff_client, url)
    for _ in range(2):
        response = staff_client.post(url, values, follow=True)
        assert "Charged 99.99 USD" in response.text
    paid = [one for one in dashboard.v1.charges.list().data if one.paid and one.amount == 9999]
    assert len(paid) == 1


def test_a_payment_without_a_booking_is_charged_again_once(
    staff_client: Client, card: StripePaymentMethod, service: StripeService, alice: User
) -> None:
    created = service.create_payment_intent(user=alice, amount="12.00", currency="USD")
    assert created["success"]
    canceled = created["payment_intent"]
    service.cancel_payment_intent(canceled)
    url = action_url(canceled, "charge")
    mine, colleagues = (fill_in(staff_client, url) for _ in range(2))
    assert "Charged 12.00 USD" in staff_client.post(url, mine, follow=True).text

    response = staff_client.post(url, colleagues, follow=True)

    retry = canceled.retries.get()
    reason = f"already charged again, with the payment {retry.stripe_payment_intent_id}."
    assert reason in response.text
    assert reason in staff_client.get(page_url(canceled)).text
    assert "Charged 12.00 USD" in staff_client.post(url, mine, follow=True).text  # a reload


def test_a_declined_charge_says_why_and_what_to_do(
    staff_client: Client, declined: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    StripePaymentMethod.objects.update(is_attached=False)
    _save_bad_card(dashboard, declined.customer)
    url = action_url(declined, "charge")
    values = fill_in(staff_client, url)
    for _ in range(2):  # a reload does not try again
        response = staff_client.post(url, values, follow=True)
        assert "99.99 USD could not be charged to" in response.text
        assert "Try another card or contact your bank." in response.text
    assert "Last attempt failed:" in response.text
    confirms = Operation.objects.filter(
        payment_intent=declined, kind=OperationKind.CONFIRM_PAYMENT_INTENT, state="failed"
    )
    assert confirms.count() == 2  # Alice's own, and this one


def test_a_card_that_the_bank_asked_not_to_charge_is_not_charged(
    staff_client: Client, declined: StripePaymentIntent, service: StripeService
) -> None:
    service.cancel_payment_intent(declined)
    StripePaymentMethod.objects.update(advice_code="do_not_try_again", advised_at=timezone.now())
    asked = staff_client.get(action_url(declined, "charge")).text
    assert "the bank asked not to charge it again" in asked
    before = StripePaymentIntent.objects.count()
    response = _charge(staff_client, declined)
    assert "asked not to charge this card again" in response.text
    assert StripePaymentIntent.objects.count() == before


def test_a_card_of_somebody_else_cannot_be_chosen(
    staff_client: Client, declined: StripePaymentIntent, pay: Pay, bob: User
) -> None:
    other = pay(bob, "5.00", save_payment_method=True).payment_method
    assert other is not None
    response = _charge(staff_client, declined, card=str(other.pk))
    assert response.context["form"].errors["card"]
    declined.refresh_from_db()
    assert declined.status == "requires_payment_method"


def test_another_amount_than_the_page_showed_is_not_charged(
    staff_client: Client, declined: StripePaymentIntent, service: StripeService
) -> None:
    service.cancel_payment_intent(declined)
    url = action_url(declined, "charge")
    values = fill_in(staff_client, url)
    Booking.objects.update(amount=5000)
    response = staff_client.post(url, values)
    assert "has changed in the meantime" in response.context["form"].non_field_errors()[0]
    assert not StripePaymentIntent.objects.filter(booking=declined.booking, status="succeeded")


@pytest.mark.parametrize(
    "case", ["paid", "no card", "booking paid", "disputed", "booking canceled"]
)
def test_it_says_why_no_card_can_be_charged(
    staff_client: Client,
    declined: StripePaymentIntent,
    service: StripeService,
    pay: Pay,
    alice: User,
    card: StripePaymentMethod,
    case: str,
) -> None:
    intent = declined
    match case:
        case "paid":
            intent = pay(alice, "7.00")
            reason = "Another charge would take the money twice."
        case "no card":
            StripePaymentMethod.objects.update(is_attached=False)
            reason = "The customer has no saved card."
        case "booking paid":
            service.cancel_payment_intent(declined)
            pay(alice, None, None, booking=declined.booking)
            reason = "The booking is already paid."
        case "disputed":
            intent = pay(alice, "7.00", method="pm_card_createDispute")
            reconcile()
            reason = "Do not charge the card again."
        case "booking canceled":
            service.cancel_payment_intent(declined)
            Booking.objects.update(canceled_at=timezone.now())
            reason = "The booking was canceled."
    page = staff_client.get(page_url(intent)).text
    assert reason in page
    assert action_url(intent, "charge") not in page
    response = staff_client.get(action_url(intent, "charge"), follow=True)
    assert response.redirect_chain == [(page_url(intent), 302)]
