"""A voucher is open for days: nobody cancels it, and the booking waits for it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError
from payments_graphql.models import Booking, StripePaymentIntent, StripeWebhookEvent
from payments_graphql.next_actions import read_next_action
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds
from payments_graphql.services.card_testing import cancel_suspected
from tests.sandbox.bank_payments import payer
from tests.services.days import DAY, end_voucher, issue_voucher


@pytest.fixture
def booking(booking):
    booking.currency = "BRL"
    booking.save()
    return booking


@pytest.fixture
def waiting(service, alice, booking, sandbox, dashboard, events, deliver):
    """Alice has a voucher for her booking, and its webhook has arrived."""
    intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    issue_voucher(dashboard, intent)
    deliver(*events("payment_intent.requires_action"))
    reconcile()
    intent.refresh_from_db()
    return intent


def test_the_row_has_the_next_action_and_its_deadline(waiting, dashboard):
    details = dashboard.v1.payment_intents.retrieve(
        waiting.stripe_payment_intent_id
    ).next_action.boleto_display_details
    assert (waiting.status, waiting.next_action_type) == (
        "requires_action",
        "boleto_display_details",
    )
    assert waiting.next_action_expires_at == datetime.fromtimestamp(details.expires_at, tz=UTC)
    assert waiting.is_waiting_for_customer


def test_only_the_type_and_deadline_of_a_voucher_are_stored(waiting):
    event = StripeWebhookEvent.objects.get(type="payment_intent.requires_action")
    action = event.payload["data"]["object"]["next_action"]
    assert action["type"] == "boleto_display_details"
    assert action["boleto_display_details"].keys() == {"expires_at"}


def test_a_voucher_that_is_paid_after_two_days_pays_the_booking(
    waiting, booking, sandbox, events, deliver
):
    sandbox.advance(2 * DAY)
    assert reconcile().canceled == 0
    end_voucher(sandbox, waiting, "pay")
    deliver(*events("charge.succeeded", "payment_intent.succeeded"))
    reconcile()

    waiting.refresh_from_db()
    booking.refresh_from_db()
    assert (waiting.status, waiting.next_action_type) == ("succeeded", "")
    assert waiting.next_action_expires_at is None
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)
    assert (waiting.payment_method.type, waiting.payment_method.label) == ("boleto", "Boleto")


def test_after_a_voucher_expires_the_booking_can_be_paid_again(
    waiting, service, alice, booking, sandbox, events, deliver
):
    sandbox.advance(5 * DAY)
    deliver(*events("payment_intent.payment_failed"))
    reconcile()

    waiting.refresh_from_db()
    assert (waiting.status, waiting.next_action_type) == ("requires_payment_method", "")
    assert waiting.last_error["code"] == "payment_intent_payment_attempt_expired"
    again = service.create_payment_intent(user=alice, booking=booking)
    assert (again["payment_intent"], again["replayed"]) == (waiting, True)


def test_an_expired_voucher_is_read_without_a_webhook(waiting, sandbox):
    end_voucher(sandbox, waiting, "expire")
    StripePaymentIntent.objects.update(next_read_at=timezone.now())
    reconcile()

    waiting.refresh_from_db()
    assert waiting.status == "requires_payment_method"


def test_the_customer_gets_the_same_payment_and_voucher_again(waiting, service, alice, booking):
    again = service.create_payment_intent(user=alice, booking=booking)

    assert again["payment_intent"] == waiting
    assert again["client_secret"]


def test_a_server_that_confirms_twice_makes_one_voucher(service, alice, sandbox, dashboard):
    """The customer may have written down the first one's number."""
    intent = service.create_payment_intent(user=alice, amount=20, currency="BRL")["payment_intent"]
    method = dashboard.v1.payment_methods.create(
        {
            "type": "boleto",
            "boleto": {"tax_id": "000.000.000-00"},
            "billing_details": payer("fill_never@example.com"),
        }
    ).id
    first = service.confirm_payment_intent(intent, payment_method=method)
    assert first["requires_action"]

    for again in (method, None):
        second = service.confirm_payment_intent(intent, payment_method=again)
        assert "already waiting for the customer" in second["error"]
    details = dashboard.v1.payment_intents.retrieve(intent.stripe_payment_intent_id).next_action
    assert details.to_dict() == first["next_action"]

    other = service.confirm_payment_intent(intent, payment_method="pm_card_visa")
    assert other["payment_intent"].status == "succeeded"


def test_a_new_price_cancels_the_voucher(waiting, service, booking, dashboard):
    """If paid later, it would take the old price."""
    Booking.objects.update(amount=5000)

    assert service.booking_changed(booking)["outcome"] == "canceled"
    at_stripe = dashboard.v1.payment_intents.retrieve(waiting.stripe_payment_intent_id)
    assert at_stripe.status == "canceled"


def test_expired_vouchers_do_not_count_as_card_testing(
    waiting, service, booking, sandbox, dashboard, events, deliver, settings
):
    settings.PAYMENTS_FAILURES_PER_INTENT = 2
    end_voucher(sandbox, waiting, "expire")
    for _ in range(2):
        issue_voucher(dashboard, waiting)
        end_voucher(sandbox, waiting, "expire")
    deliver(*events("payment_intent.payment_failed"))
    reconcile()
    assert StripeWebhookEvent.objects.filter(type="payment_intent.payment_failed").count() == 3

    assert cancel_suspected() == 0
    waiting.refresh_from_db()
    assert waiting.status == "requires_payment_method"


def test_a_paid_voucher_is_not_offered_for_a_refund(waiting, sandbox, events, deliver, service):
    end_voucher(sandbox, waiting, "pay")
    deliver(*events("charge.succeeded", "payment_intent.succeeded"))
    reconcile()
    waiting.refresh_from_db()

    with pytest.raises(InvalidStateError, match="cannot refund payments with Boleto"):
        refunds.create_refund(payment_intent=waiting)
    assert not sandbox.requests("POST", "/v1/refunds")


SECONDS = 1893456000
URL = "https://pay.example/1"


@pytest.mark.parametrize(
    ("kind", "details", "seconds", "hosted_url", "number"),
    [
        (
            "oxxo_display_details",
            {"expires_after": SECONDS, "number": "12", "hosted_voucher_url": URL},
            SECONDS,
            URL,
            "12",
        ),
        (
            "multibanco_display_details",
            {"expires_at": SECONDS, "reference": "123 456"},
            SECONDS,
            None,
            "123 456",
        ),
        (
            "display_bank_transfer_instructions",
            {"reference": "AB12", "hosted_instructions_url": URL},
            None,
            URL,
            "AB12",
        ),
        (
            "verify_with_microdeposits",
            {"arrival_date": SECONDS, "hosted_verification_url": URL},
            None,
            URL,
            None,
        ),
        (
            "cashapp_handle_redirect_or_display_qr_code",
            {"qr_code": {"expires_at": SECONDS}},
            SECONDS,
            None,
            None,
        ),
        ("new_thing", {"expires_at": "soon"}, None, None, None),
        ("new_thing", {"expires_at": 10**30}, None, None, None),
        ("new_thing", None, None, None, None),
        ("", {}, None, None, None),
    ],
)
def test_every_type_of_next_action_is_read(kind, details, seconds, hosted_url, number):
    read = read_next_action({"type": kind, kind: details} if kind else {})
    assert (read.type, read.hosted_url, read.number) == (kind, hosted_url, number)
    expected = None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)
    assert read.expires_at == expected


@pytest.mark.parametrize(
    ("kind", "expires_in", "abandoned_in"),
    [
        ("", None, timedelta(hours=24)),
        ("use_stripe_sdk", None, timedelta(hours=24)),
        ("redirect_to_url", None, timedelta(hours=24)),
        ("boleto_display_details", timedelta(days=3), timedelta(days=4)),
        ("oxxo_display_details", timedelta(days=-2), timedelta(hours=24)),
        ("display_bank_transfer_instructions", None, None),
        ("verify_with_microdeposits", None, None),
        ("something_of_tomorrow", None, None),
    ],
)
def test_each_next_action_has_its_own_time(alice, kind, expires_in, abandoned_in):
    now = timezone.now()
    intent = StripePaymentIntent(
        status="requires_action",
        updated_at=now,
        next_action_type=kind,
        next_action_expires_at=None if expires_in is None else now + expires_in,
    )
    assert intent.abandoned_at == (None if abandoned_in is None else now + abandoned_in)
