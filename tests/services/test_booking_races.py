"""Concurrent changes of a booking, with threads on a real database."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import bookings
from payments_graphql.services.booking_changes import cancel_outdated_intents
from tests.faulty_stripe import faulty_stripe
from tests.threads import run_together, wait_until_somebody_waits_for_a_row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def open_intent(service, alice, booking):
    return service.create_payment_intent(user=alice, booking=booking)["payment_intent"]


@pytest.fixture
def link(sandbox, settings, service, alice):
    """The connection to the sandbox. `link.before_answer` runs between effect and answer."""
    assert service.get_or_create_customer(alice)["success"]
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        yield link


def _cancel(booking):
    Booking.objects.filter(pk=booking.pk).update(canceled_at=timezone.now())


def _run_once(link, function):
    """Runs at Stripe's next answer, but not at answers that `function` itself waits for."""
    results = []

    def run():
        link.before_answer = None
        try:
            results.append(function())
        finally:
            connection.close()  # of the link's thread

    link.before_answer = run
    return results


def _list_charges(dashboard):
    return [charge for charge in dashboard.v1.charges.list({"limit": 100}).data if charge.paid]


def _is_mirrored(dashboard, intent):
    intent.refresh_from_db()
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    return intent.status == at_stripe.status


def test_two_browsers_that_create_at_once_get_one_payment(service, alice, booking, sandbox):
    assert service.get_or_create_customer(alice)["success"]

    created = run_together(4, lambda _: service.create_payment_intent(user=alice, booking=booking))

    assert all(one["success"] for one in created), created
    assert len({one["payment_intent"].pk for one in created}) == 1
    assert len({one["client_secret"] for one in created}) == 1
    assert len(sandbox.requests("POST", "/v1/payment_intents")) == 1


def test_two_browsers_with_other_amounts_leave_one_open_payment(service, alice, booking, dashboard):
    assert service.get_or_create_customer(alice)["success"]

    created = run_together(
        2,
        lambda number: service.create_payment_intent(
            user=alice, booking=booking, amount=(20, 30)[number], partial=True
        ),
    )

    assert any(one["success"] for one in created), created
    open_ones = [
        intent
        for intent in dashboard.v1.payment_intents.list({"limit": 100}).data
        if intent.status != "canceled"
    ]
    assert len(open_ones) == 1
    assert StripePaymentIntent.objects.exclude(status="canceled").count() == 1


def test_a_saved_and_a_new_card_at_once_charge_once(
    service, alice, booking, pay, open_intent, dashboard
):
    saved = pay(alice, "1.00", save_payment_method=True).payment_method
    assert saved is not None

    confirmed = run_together(
        2,
        lambda number: service.confirm_payment_intent(
            open_intent, payment_method=(saved, "pm_card_mastercard")[number]
        ),
    )

    assert any(one["success"] for one in confirmed), confirmed
    paid = [one for one in _list_charges(dashboard) if one.amount == 9999]
    assert len(paid) == 1
    lost = [one for one in confirmed if not one["success"]]
    assert all(one["error_code"] in ("operation_in_progress", "invalid_state") for one in lost), (
        lost
    )
    assert _is_mirrored(dashboard, open_intent)
    assert (booking.amount_paid, booking.amount_overpaid) == (9999, 0)


def test_a_payment_created_while_its_booking_is_canceled_is_canceled_by_the_next_round(
    service, alice, booking, link, settings, dashboard
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0

    def cancel():
        _cancel(booking)
        return service.booking_changed(booking)

    released = _run_once(link, cancel)
    created = service.create_payment_intent(user=alice, booking=booking)

    assert released[0]["retryable"], released
    assert created["success"], created
    assert cancel_outdated_intents() == 1
    assert created["payment_intent"].is_payable
    assert _is_mirrored(dashboard, created["payment_intent"])
    assert created["payment_intent"].status == "canceled"


@pytest.mark.parametrize("change", ["canceled", "repriced"])
def test_a_booking_changed_while_stripe_confirms_is_overpaid_and_says_so(
    service, booking, open_intent, link, settings, caplog, change
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0

    def change_booking():
        if change == "canceled":
            _cancel(booking)
        else:
            Booking.objects.filter(pk=booking.pk).update(amount=8000)
        return service.booking_changed(booking)

    released = _run_once(link, change_booking)
    confirmed = service.confirm_payment_intent(open_intent, payment_method="pm_card_visa")

    assert released[0]["error_code"] == "operation_in_progress", released
    assert confirmed["success"], confirmed
    booking.refresh_from_db()
    assert booking.amount_overpaid == (9999 if change == "canceled" else 1999)
    assert caplog.text.count("booking_overpaid") == 1
    assert cancel_outdated_intents() == 0
    assert service.refund_overpayment(booking)["success"]
    assert booking.amount_overpaid == 0


@pytest.mark.parametrize("change", ["canceled", "repriced"])
def test_a_confirm_concurrent_with_a_change_wins_or_loses_entirely(
    service, booking, open_intent, dashboard, change
):
    def act(number):
        if number == 0:
            return service.confirm_payment_intent(open_intent, payment_method="pm_card_visa")
        if change == "canceled":
            _cancel(booking)
        else:
            Booking.objects.filter(pk=booking.pk).update(amount=8000)
        return service.booking_changed(booking)

    confirmed, _ = run_together(2, act)
    cancel_outdated_intents()

    assert _is_mirrored(dashboard, open_intent)
    booking.refresh_from_db()
    owed = 0 if change == "canceled" else 8000
    if confirmed["success"]:
        assert open_intent.status == "succeeded"
        assert booking.amount_overpaid == 9999 - owed
    else:
        assert open_intent.status == "canceled"
        assert confirmed["error_code"] in ("operation_in_progress", "invalid_state"), confirmed
        assert (booking.amount_paid, booking.amount_overpaid) == (0, 0)
        assert not _list_charges(dashboard)


def test_a_capture_waits_for_a_lower_price(service, alice, booking, pay, sandbox):
    held = pay(alice, None, None, booking=booking, capture_method="manual")
    is_written = threading.Event()

    def lower_the_price():
        try:
            with transaction.atomic():
                Booking.objects.filter(pk=booking.pk).update(amount=8000)
                is_written.set()
                wait_until_somebody_waits_for_a_row()
        finally:
            is_written.set()
            connection.close()

    other = threading.Thread(target=lower_the_price)
    other.start()
    assert is_written.wait(20)
    captured = service.capture_payment_intent(held)
    other.join(30)

    assert captured["error_code"] == "amount_too_large", captured
    assert not sandbox.requests("POST", "/v1/payment_intents/*/capture")


def test_a_payment_confirmed_in_the_dashboard_is_shown_and_not_made_again(
    service, alice, booking, open_intent, dashboard
):
    dashboard.v1.payment_intents.confirm(
        open_intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    again = service.create_payment_intent(user=alice, booking=booking)
    confirmed = service.confirm_payment_intent(open_intent, payment_method="pm_card_visa")
    reconcile()

    assert not again["success"] or again["payment_intent"] == open_intent
    assert not confirmed["success"]
    assert confirmed["payment_intent"].status == "succeeded"
    assert _is_mirrored(dashboard, open_intent)
    assert len(_list_charges(dashboard)) == 1
    assert (booking.amount_due, booking.amount_overpaid) == (0, 0)
    assert service.create_payment_intent(user=alice, booking=booking)["error"].startswith(
        "This booking is already paid"
    )


def test_a_payment_from_the_dashboard_belongs_to_the_customer_but_not_to_the_booking(
    alice, booking, open_intent, dashboard
):
    """Stripe's object does not say what it was for, and anyone with the keys may write metadata."""
    other = dashboard.v1.payment_intents.create(
        {
            "amount": 9999,
            "currency": "usd",
            "customer": open_intent.customer.stripe_customer_id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )

    reconcile()

    adopted = StripePaymentIntent.objects.get(stripe_payment_intent_id=other.id)
    assert (adopted.status, adopted.booking, adopted.customer.user) == ("succeeded", None, alice)
    assert (booking.amount_paid, booking.amount_due) == (0, 9999)


def test_a_booking_given_to_another_user_meanwhile_is_not_paid_by_its_old_owner(
    service, alice, bob, booking, sandbox, settings
):
    """It is checked before, and again under its lock."""
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        moved = _run_once(link, lambda: Booking.objects.filter(pk=booking.pk).update(user=bob))

        result = service.create_payment_intent(user=alice, booking=booking)

    assert moved == [1]
    assert (result["success"], result["error_code"]) == (False, "not_found")
    assert not StripePaymentIntent.objects.exists()
    assert not sandbox.requests("POST", "/v1/payment_intents")


def test_a_hold_made_after_the_open_payment_was_read_is_left_to_a_person(
    service, alice, booking, dashboard, monkeypatch
):
    """The customer confirms on the page while another tab requests another payment."""
    created = service.create_payment_intent(user=alice, booking=booking, capture_method="manual")
    intent = created["payment_intent"]
    settle = bookings.settle_open_intent

    def settle_after_a_confirm(found):
        monkeypatch.undo()  # once: the loop checks again
        assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
        return settle(found)

    monkeypatch.setattr(bookings, "settle_open_intent", settle_after_a_confirm)

    refused = service.create_payment_intent(user=alice, booking=booking)

    assert refused["error_code"] == "invalid_state", refused
    at_stripe = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id)
    assert at_stripe.status == "requires_capture"
