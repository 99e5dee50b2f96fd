"""The page of a payment as a case file: what it says."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    EventState,
    Operation,
    OperationState,
    PaymentNote,
    StatusChange,
    StripePaymentIntent,
    StripeRefund,
    StripeWebhookEvent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import StripeService
from tests.admin.conftest import page_url

from .conftest import Pay, list_titles, read

pytestmark = pytest.mark.any_database


def test_it_says_who_paid_for_what_with_which_card(
    staff_client: Client, paid: StripePaymentIntent, booking: Booking
) -> None:
    page = read(staff_client, paid).text
    assert "Paid 99.99 USD on" in page
    assert page_url(booking) in page
    for text in ("LIS-1", "Lisbon", "Visa •••• 4242", "Nothing to do.", "a•••@example.com"):
        assert text in page, text


def test_a_decline_is_told_with_its_advice(
    staff_client: Client, service: StripeService, alice: User
) -> None:
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    assert created["success"]
    intent = created["payment_intent"]
    service.confirm_payment_intent(
        intent, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"
    )
    page = read(staff_client, intent).text
    assert "20.00 USD not paid, the last attempt failed" in page
    assert "the card does not have enough funds" in page
    assert "The same card can be tried again later." in page
    assert "Try another card, or try again when this card has enough funds." in page
    assert "The customer can try again, or pay in another way." in page


def test_a_stolen_card_is_named_to_staff_with_a_warning(
    staff_client: Client, service: StripeService, alice: User
) -> None:
    created = service.create_payment_intent(user=alice, amount="20.00", currency="USD")
    assert created["success"]
    service.confirm_payment_intent(
        created["payment_intent"], payment_method="pm_card_visa_chargeDeclinedStolenCard"
    )
    page = read(staff_client, created["payment_intent"]).text
    assert "the card is reported as stolen" in page
    assert "Do not tell the customer this reason." in page
    assert "Do not charge this card again." in page


def test_a_held_refund_says_what_it_reserves_and_links_to_its_request(
    staff_client: Client, paid: StripePaymentIntent, sam: User
) -> None:
    refund = StripeRefund.objects.create(payment_intent=paid, amount=1200, currency="USD")
    operation = Operation.objects.create(
        actor=f"user:{sam.pk}", key="k", input_hash="0", kind="create_refund",
        state=OperationState.NEEDS_REVIEW, payment_intent=paid, refund=refund,
        customer=paid.customer, created_at=timezone.now(),
    )  # fmt: skip
    page = read(staff_client, paid).text
    assert "12.00 USD reserved by a refund under review" in page
    assert page_url(operation) in page
    assert "Resolve the operation whose result is not known." in page
    assert f"/operation/{operation.pk}/resolve/" in page


def test_a_dispute_shows_its_deadline_first(staff_client: Client, pay: Pay, alice: User) -> None:
    intent = pay(alice, "25.00", method="pm_card_createDispute")
    reconcile()
    page = read(staff_client, intent)
    assert "the cardholder says they did not pay" in page.text
    assert "days left" in page.text
    assert "Answer or accept the dispute (by" in page.text
    assert page_url(intent.disputes.get()) in page.text
    assert list_titles(page)[0].startswith("The customer's bank disputes 25.00 USD")
    assert "25.00 USD disputed. 0.00 USD kept in any case." in page.text


def test_an_overpaid_booking_leads_to_its_refund(
    staff_client: Client, paid: StripePaymentIntent, booking: Booking
) -> None:
    Booking.objects.update(amount=8000)
    page = read(staff_client, paid).text
    assert "The booking is overpaid by 19.99 USD: refund the overpayment." in page
    assert f"/booking/{booking.pk}/refund_overpayment/" in page


def test_texts_of_others_are_never_html(
    staff_client: Client, paid: StripePaymentIntent, alice: User
) -> None:
    evil = "<script>alert(1)</script>"
    User.objects.filter(pk=alice.pk).update(first_name=evil, last_name=evil)
    Booking.objects.update(description=evil, reference=evil)
    StripePaymentIntent.objects.update(
        description=f"{evil} again", cancellation_reason=evil, metadata={"a": evil},
        last_error={"message": evil, "code": evil, "decline_code": evil},
    )  # fmt: skip
    Operation.objects.update(
        state=OperationState.FAILED, error={"message": evil, "decline_code": evil}, finding=evil
    )
    StatusChange.objects.update(to_status=evil[:32], failure_code=evil)
    StripeWebhookEvent.objects.create(
        event_id=evil, type=evil, object_id=paid.stripe_payment_intent_id or "",
        state=EventState.DEAD, error=evil, stripe_created=timezone.now(),
    )  # fmt: skip
    PaymentNote.objects.create(payment_intent=paid, text=evil, author_name=evil)
    for status in ("succeeded", "requires_payment_method", "canceled"):
        StripePaymentIntent.objects.update(status=status)
        page = read(staff_client, paid).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
    shown = staff_client.post(f"{page_url(paid).removesuffix('change/')}reveal/").text
    assert "<script>alert" not in shown


def test_staff_see_only_what_they_may_view(
    viewer: User, viewer_client: Client, paid: StripePaymentIntent, events: Any, deliver: Any
) -> None:
    deliver(*events())
    viewer.user_permissions.set(Permission.objects.filter(codename="view_stripepaymentintent"))
    page = read(viewer_client, paid)
    assert list_titles(page) == []
    assert "LIS-1" in page.text
    case = page.text[page.text.index('class="payments-case"') : page.text.index("<fieldset")]
    for row in (paid.booking, paid.customer, paid.payment_method):
        assert page_url(row) not in case
