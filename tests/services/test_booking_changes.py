"""Changing the price of a booking, or canceling it, cancels its open payment."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from payments_graphql.errors import InvalidStateError, TransactionOpenError
from payments_graphql.models import Booking, Operation, StripeCustomer, StripePaymentIntent
from payments_graphql.services.booking_changes import cancel_outdated_intents
from payments_graphql.services.bookings import cancel_open_intent
from tests.faulty_stripe import REFUSED, RESET, faulty_stripe
from tests.schema.rows import make_intents

CANCEL = "/v1/payment_intents/*/cancel"


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def open_intent(service, alice, booking):
    return service.create_payment_intent(user=alice, booking=booking)["payment_intent"]


def _cancel(booking):
    Booking.objects.filter(pk=booking.pk).update(canceled_at=timezone.now())


def _reprice(booking, amount):
    Booking.objects.filter(pk=booking.pk).update(amount=amount)


def _get_status_at_stripe(dashboard, intent):
    return dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id).status


def test_the_open_payment_of_a_canceled_booking_is_canceled(
    service, booking, open_intent, dashboard
):
    _cancel(booking)

    released = service.booking_changed(booking)

    assert released["success"], released
    assert (released["outcome"], released["payment_intent"]) == ("canceled", open_intent)
    assert released["payment_intent"].status == "canceled"
    assert _get_status_at_stripe(dashboard, open_intent) == "canceled"


@pytest.mark.parametrize("price", [5000, 12000])
def test_a_new_price_cancels_the_open_payment_and_the_next_has_it(
    service, alice, booking, open_intent, price
):
    _reprice(booking, price)

    assert service.booking_changed(booking)["outcome"] == "canceled"

    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"
    again = service.create_payment_intent(user=alice, booking=booking)
    assert again["payment_intent"].amount == price


def test_a_payment_for_what_is_due_stays(service, booking, open_intent, sandbox):
    Booking.objects.update(description="Lisbon and Porto")

    released = service.booking_changed(booking)

    assert (released["outcome"], released["payment_intent"]) == ("still_right", open_intent)
    assert not sandbox.requests("POST", CANCEL)


def test_a_booking_without_an_open_payment_has_nothing_to_release(service, booking):
    assert service.booking_changed(booking)["outcome"] == "nothing_open"


def test_an_authorized_payment_is_left_to_a_person(service, alice, booking, pay, caplog):
    held = pay(alice, None, None, booking=booking, capture_method="manual")
    _cancel(booking)

    released = service.booking_changed(booking)

    assert (released["outcome"], released["payment_intent"]) == ("held", held)
    held.refresh_from_db()
    assert held.status == "requires_capture"
    assert "intent_not_released" in caplog.text
    assert cancel_outdated_intents() == 0


def test_a_payment_paid_meanwhile_is_reported_and_counted_as_overpaid(
    service, booking, open_intent, dashboard, caplog
):
    dashboard.v1.payment_intents.confirm(
        open_intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    _cancel(booking)

    released = service.booking_changed(booking)

    assert (released["outcome"], released["payment_intent"].status) == ("paid", "succeeded")
    booking.refresh_from_db()
    assert booking.amount_overpaid == 9999
    assert caplog.text.count("booking_overpaid") == 1


def test_a_payment_canceled_meanwhile_is_reported_as_canceled(
    service, booking, open_intent, dashboard
):
    dashboard.v1.payment_intents.cancel(open_intent.stripe_payment_intent_id)
    _cancel(booking)

    released = service.booking_changed(booking)

    assert (released["outcome"], released["payment_intent"]) == ("canceled", open_intent)
    assert released["payment_intent"].status == "canceled"


def test_a_payment_that_the_bank_processes_is_refused_with_its_status(alice):
    [processing] = make_intents(alice, status="processing")
    with pytest.raises(InvalidStateError) as caught:
        cancel_open_intent(processing)
    assert caught.value.current_status == "processing"


@pytest.mark.parametrize(
    ("faults", "outcome", "statuses"),
    [([], "canceled", ["canceled"]), ([REFUSED], "nothing_open", [])],
    ids=["accepted", "refused"],
)
def test_a_payment_that_stripe_has_not_accepted_yet_is_settled_first(
    service, alice, bob, booking, sandbox, dashboard, settings, faults, outcome, statuses
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    customer = service.get_or_create_customer(alice)["customer"].stripe_customer_id
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.faults.append(RESET)
        assert service.create_payment_intent(user=alice, booking=booking)["retryable"]
        assert service.create_payment_intent(user=bob, amount=10, currency="USD")["success"]
        link.faults.extend(faults)
        _cancel(booking)

        released = service.booking_changed(booking)

    assert released.get("outcome") == outcome, released
    hers = dashboard.v1.payment_intents.list({"customer": customer})
    assert [one.status for one in hers.data] == statuses


def test_it_is_not_done_in_a_transaction(service, booking, open_intent):
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        service.booking_changed(booking)


def test_a_cancel_that_failed_during_an_outage_is_done_by_the_next_round(
    service, booking, open_intent, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    _cancel(booking)
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.always = RESET
        assert service.booking_changed(booking)["retryable"]
    settings.STRIPE_API_BASE = sandbox.url
    settings.PAYMENTS_OPERATION_TIMEOUT = 5

    cancel_outdated_intents()

    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"


def _make_open(service, user, reference, **values):
    booking = Booking.objects.create(reference=reference, user=user, amount=9999, currency="USD")
    created = service.create_payment_intent(user=user, booking=booking, **values)
    return booking, created["payment_intent"]


def test_a_round_cancels_payments_above_the_amount_due(service, alice, pay):
    canceled, of_canceled = _make_open(service, alice, "CANCELED")
    cheaper, of_cheaper = _make_open(service, alice, "CHEAPER")
    other, of_other = _make_open(service, alice, "OTHER")
    _cancel(canceled)
    _reprice(cheaper, 5000)
    Booking.objects.filter(pk=other.pk).update(currency="EUR")

    assert cancel_outdated_intents() == 3

    statuses = {
        intent.status
        for intent in StripePaymentIntent.objects.filter(
            pk__in=[of_canceled.pk, of_cheaper.pk, of_other.pk]
        )
    }
    assert statuses == {"canceled"}
    assert cancel_outdated_intents() == 0


def test_a_round_cancels_payments_of_another_owner(service, alice, bob):
    moved, open_intent = _make_open(service, alice, "MOVED")
    Booking.objects.filter(pk=moved.pk).update(user=bob)

    assert cancel_outdated_intents() == 1

    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"


def test_a_round_cancels_the_rest_of_a_booking_that_costs_less_now(service, alice, booking, pay):
    pay(alice, 50, None, booking=booking, partial=True)
    rest = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    _reprice(booking, 8000)

    assert cancel_outdated_intents() == 1

    rest.refresh_from_db()
    assert rest.status == "canceled"


@pytest.mark.parametrize("gone", ["erased_at", "deleted_at"])
def test_a_round_cancels_what_a_customer_left_open(service, alice, gone):
    _booking, open_intent = _make_open(service, alice, "GONE")
    StripeCustomer.objects.update(**{gone: timezone.now()})

    assert cancel_outdated_intents() == 1

    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"


def test_a_round_leaves_payments_of_amounts_due(service, alice, pay, sandbox):
    _make_open(service, alice, "PARTLY", amount=20, partial=True)
    dearer, _ = _make_open(service, alice, "DEARER")
    _reprice(dearer, 20000)
    half_paid = Booking.objects.create(reference="HALF", user=alice, amount=9999, currency="USD")
    pay(alice, 50, None, booking=half_paid, partial=True)
    service.create_payment_intent(user=alice, booking=half_paid)
    service.create_payment_intent(user=alice, amount=10, currency="USD")

    assert cancel_outdated_intents() == 0
    assert not sandbox.requests("POST", CANCEL)


@pytest.fixture
def refuse(service, alice):
    """A round, in which Stripe refuses to cancel the payment of this booking."""

    def refuse(reference):
        booking, intent = _make_open(service, alice, reference)
        _cancel(booking)
        StripePaymentIntent.objects.filter(pk=intent.pk).update(
            stripe_payment_intent_id=f"pi_{reference}"
        )
        assert cancel_outdated_intents() == 0

    return refuse


def test_a_cancel_that_stripe_refuses_is_tried_again_after_an_hour(refuse, sandbox):
    refuse("FIRST")
    refuse("SECOND")  # others are tried as always
    assert len(sandbox.requests("POST", CANCEL)) == 2

    Operation.objects.update(created_at=F("created_at") - timedelta(minutes=59))
    cancel_outdated_intents()
    assert len(sandbox.requests("POST", CANCEL)) == 2

    Operation.objects.update(created_at=F("created_at") - timedelta(minutes=1))
    cancel_outdated_intents()
    assert len(sandbox.requests("POST", CANCEL)) == 4


@pytest.mark.parametrize(
    "values",
    [{"actor": "user:1"}, {"error": {"code": "abandoned"}}],
    ids=["somebody's", "never sent"],
)
def test_another_cancel_that_failed_does_not_count_as_tried(refuse, sandbox, values):
    refuse("FIRST")
    Operation.objects.update(**values)

    cancel_outdated_intents()

    assert len(sandbox.requests("POST", CANCEL)) == 2


def test_a_round_has_a_limit(service, alice):
    for number in range(3):
        booking, _ = _make_open(service, alice, f"B-{number}")
        _cancel(booking)

    assert cancel_outdated_intents(limit=2) == 2
    assert cancel_outdated_intents(limit=2) == 1


def test_another_currency_cannot_be_confirmed(service, booking, open_intent, sandbox):
    Booking.objects.update(currency="EUR")

    confirmed = service.confirm_payment_intent(open_intent, payment_method="pm_card_visa")

    assert confirmed["error_code"] == "invalid_state"
    assert not sandbox.requests("POST", "/v1/payment_intents/*/confirm")
