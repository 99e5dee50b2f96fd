"""`manage.py payments_doctor`: whether `payments_reconcile` runs, and what is left over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    EventCursor,
    ImportCursor,
    Operation,
    StatusChange,
    StripePaymentIntent,
    StripeWebhookEvent,
)

LONG_AGO = timezone.now() - timedelta(hours=5)


def _make_event(state: str) -> None:
    event = StripeWebhookEvent.objects.create(
        event_id="evt_1", type="refund.created", state=state, stripe_created=timezone.now()
    )
    StripeWebhookEvent.objects.filter(pk=event.pk).update(received_at=LONG_AGO)


def test_nothing_is_left_over(doctor, alice, pay, deliver, events):
    pay(alice)
    deliver(*events())

    assert doctor().find("open work") == ["nothing is overdue, and nothing needs a decision. "]


def test_reconcile_that_never_ran(doctor):
    assert "has never read" in doctor().find("reconcile", "error")[0]


@pytest.mark.parametrize(("minutes", "level"), [(14, "ok"), (16, "error")])
def test_reconcile_that_has_stopped(doctor, minutes, level):
    EventCursor.objects.create(read_until=timezone.now() - timedelta(minutes=minutes))

    assert f"{minutes} minutes ago" in doctor().find("reconcile", level)[0]


def test_the_cursor_of_the_other_mode_is_not_ours(doctor):
    EventCursor.objects.create(read_until=timezone.now(), livemode=True)

    assert doctor().find("reconcile", "error")


@pytest.mark.parametrize("state", ["needs_review", "unknown"])
def test_operations_that_are_open(doctor, state):
    Operation.objects.create(
        actor="user:1", key="1", kind="create_refund", state=state, next_attempt_at=LONG_AGO
    )

    (found,) = doctor().find("open work", "error" if state == "needs_review" else "warning")
    assert found.startswith(
        "1 operations that need review" if state == "needs_review" else "1 operations that are over"
    )


@pytest.mark.parametrize("state", ["dead", "pending", "failed"])
def test_events_that_are_open(doctor, state):
    _make_event(state)

    (found,) = doctor().find("open work", "warning")
    expected = (
        "1 dead webhook events" if state == "dead" else f"since {LONG_AGO:%Y-%m-%d %H:%M} UTC"
    )
    assert expected in found


def test_events_that_are_done_are_not(doctor):
    _make_event("processed")

    assert doctor().find("open work", "ok")


def test_signals_that_were_not_sent(doctor, alice, pay):
    pay(alice)
    StatusChange.objects.update(signaled_at=None, created_at=LONG_AGO)

    assert "2 signals that a receiver did not get" in doctor().find("open work", "warning")[0]


def test_an_import_that_was_not_finished(doctor):
    ImportCursor.objects.create(kind="customer")

    assert "import" in doctor().find("open work", "warning")[0]


def test_money_that_needs_a_decision(doctor, alice, pay, booking):
    pay(alice, None, None, booking=booking)
    Booking.objects.update(amount=5000)

    (found,) = doctor().find("open work", "warning")
    assert found.startswith("1 overpaid bookings: booking LIS-1 is overpaid by")


def test_holds_that_are_not_due(doctor, alice, pay, booking):
    pay(alice, None, None, booking=booking, capture_method="manual")
    Booking.objects.update(canceled_at=timezone.now())

    (found,) = doctor().find("open work", "warning")
    assert found.startswith("1 authorized payments that are not due: payment pi_")


def test_rows_that_nothing_will_settle(doctor, alice, pay, booking):
    customer = pay(alice).customer
    StripePaymentIntent.objects.create(
        customer=customer, booking=booking, amount=9999, currency="USD"
    )

    (found,) = doctor().find("open work", "warning")
    assert found.startswith("1 rows that Stripe never accepted: payment_intent")
