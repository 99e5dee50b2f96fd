"""A booking that was paid twice: detected, shown, and refunded in one action."""

import pytest
from django.utils import timezone

from payments_graphql.errors import InvalidStateError, PermissionDeniedError
from payments_graphql.models import (
    Booking,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
)
from payments_graphql.services import overpayments
from tests.threads import run_together


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def paid_twice(alice, booking, pay):
    """The site assigned another payment to the booking, which she had already paid."""
    first = pay(alice, None, None, booking=booking)
    second = pay(alice, "99.99")
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)
    return first, second


def _list_refunds(dashboard):
    return [
        (refund.payment_intent, refund.amount)
        for refund in dashboard.v1.refunds.list({"limit": 100}).data
    ]


def test_a_paid_booking_is_not_overpaid(service, alice, booking, pay):
    pay(alice, None, None, booking=booking)

    assert booking.amount_overpaid == 0
    assert service.refund_overpayment(booking) == {"success": True, "refunds": []}


def test_the_newest_payment_is_refunded(service, booking, paid_twice, dashboard):
    _, second = paid_twice
    assert booking.amount_overpaid == 9999

    done = service.refund_overpayment(booking)

    assert done["success"], done
    assert [refund.payment_intent for refund in done["refunds"]] == [second]
    assert _list_refunds(dashboard) == [(second.stripe_payment_intent_id, 9999)]
    assert (booking.amount_overpaid, booking.amount_paid, booking.amount_due) == (0, 9999, 0)


def test_two_requests_refund_it_once(service, booking, paid_twice, dashboard):
    service.refund_overpayment(booking)

    assert service.refund_overpayment(booking) == {"success": True, "refunds": []}
    assert len(_list_refunds(dashboard)) == 1


def test_after_a_lower_price_the_difference_is_refunded(service, alice, booking, pay, dashboard):
    intent = pay(alice, None, None, booking=booking)
    Booking.objects.update(amount=8000)
    booking.refresh_from_db()
    assert booking.amount_overpaid == 1999

    service.refund_overpayment(booking)

    assert _list_refunds(dashboard) == [(intent.stripe_payment_intent_id, 1999)]
    assert booking.amount_overpaid == 0


def test_a_cent_is_given_back_as_a_duplicate(service, alice, sam, booking, pay, dashboard):
    intent = pay(alice, None, None, booking=booking)
    Booking.objects.update(amount=9998)

    (refund,) = service.refund_overpayment(booking, user=sam)["refunds"]

    assert _list_refunds(dashboard) == [(intent.stripe_payment_intent_id, 1)]
    assert (refund.reason, refund.description) == (
        "duplicate",
        "Paid above the price of the booking.",
    )
    assert refund.amount_due_reduction == 0


def test_the_last_cent_of_a_payment_is_given_back(service, alice, booking, pay, dashboard):
    intent = pay(alice, None, None, booking=booking)
    service.create_refund(intent, amount="99.98", reduces_amount_due=False)
    Booking.objects.update(canceled_at=timezone.now())

    assert [one.amount for one in service.refund_overpayment(booking)["refunds"]] == [1]


def test_what_another_booking_overpaid_is_not_touched(service, alice, booking, paid_twice):
    other = Booking.objects.create(reference="OPO-1", user=alice, amount=1000, currency="USD")

    assert service.refund_overpayment(other) == {"success": True, "refunds": []}
    assert booking.amount_overpaid == 9999


def test_a_payment_that_cannot_be_refunded_is_passed_over(service, booking, paid_twice, dashboard):
    """Stripe refuses a refund of the newest, but not of the one before it."""
    first, second = paid_twice
    StripePaymentIntent.objects.filter(pk=second.pk).update(
        payment_method=StripePaymentMethod.objects.create(
            customer=second.customer, stripe_payment_method_id="pm_boleto", type="boleto"
        )
    )

    assert service.refund_overpayment(booking)["success"]

    assert _list_refunds(dashboard) == [(first.stripe_payment_intent_id, 9999)]


def test_several_payments_are_refunded_if_one_is_not_enough(
    service, alice, booking, pay, dashboard
):
    older = pay(alice, "60.00", booking=booking, partial=True)
    newer = pay(alice, "39.99", booking=booking, partial=True)
    Booking.objects.update(amount=5000)

    service.refund_overpayment(booking)

    assert sorted(_list_refunds(dashboard)) == sorted(
        [(newer.stripe_payment_intent_id, 3999), (older.stripe_payment_intent_id, 1000)]
    )


def test_everything_kept_for_a_canceled_booking_is_overpaid(service, alice, booking, pay):
    pay(alice, None, None, booking=booking)
    Booking.objects.update(canceled_at=timezone.now())
    booking.refresh_from_db()

    assert booking.amount_overpaid == 9999
    service.refund_overpayment(booking)
    assert booking.amount_overpaid == 0


def test_refunds_in_progress_are_not_repeated(service, alice, booking, pay, dashboard):
    pay(alice, None, None, booking=booking, method="pm_card_pendingRefund")
    Booking.objects.update(amount=8000)
    booking.refresh_from_db()

    refund = service.refund_overpayment(booking)["refunds"][0]

    assert refund.status == "pending"
    assert booking.amount_overpaid == 0
    assert service.refund_overpayment(booking)["refunds"] == []
    assert len(_list_refunds(dashboard)) == 1


def test_a_refund_that_fails_after_a_second_payment_makes_it_overpaid(
    service, alice, booking, pay, events, deliver, sandbox, caplog
):
    first = pay(alice, None, None, booking=booking, method="pm_card_refundFail")
    assert service.create_refund(first)["success"]
    pay(alice, None, None, booking=booking)
    assert booking.amount_overpaid == 0

    sandbox.advance(86400)
    deliver(*events("refund.failed"))

    assert booking.amount_overpaid == 9999
    assert caplog.text.count("booking_overpaid") == 1


def test_a_disputed_payment_cannot_be_given_back(service, booking, alice, pay, events, deliver):
    pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    deliver(*events("charge.dispute.created"))
    Booking.objects.update(amount=8000)
    booking.refresh_from_db()
    assert (booking.amount_overpaid, booking.sum_up().held) == (0, 1999)

    with pytest.raises(InvalidStateError, match="dispute") as caught:
        overpayments.refund_overpayment(booking=booking)
    assert caught.value.current_status == "held"


def test_it_needs_the_permission_to_refund(bob, booking, paid_twice, dashboard):
    with pytest.raises(PermissionDeniedError):
        overpayments.refund_overpayment(booking=booking, user=bob)
    assert not _list_refunds(dashboard)


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_users_refund_it_once(sam, alice, booking, paid_twice, dashboard):
    Booking.objects.update(amount=8000)

    run_together(
        2,
        lambda number: overpayments.refund_overpayment(booking=booking, user=(sam, alice)[number]),
    )

    assert sum(amount for _, amount in _list_refunds(dashboard)) == 2 * 9999 - 8000
    booking.refresh_from_db()
    assert (booking.amount_paid, booking.amount_overpaid) == (8000, 0)


@pytest.mark.parametrize("method", ["pm_card_createDispute", "pm_card_createDisputeInquiry"])
def test_an_open_dispute_holds_its_money_from_being_refunded_as_overpaid(
    service, alice, booking, pay, events, deliver, dashboard, sandbox, method
):
    """Paid twice, and the first payment disputed: if the second one were refunded and the dispute
    lost, the customer would get both back."""
    pay(alice, None, None, booking=booking, method=method)
    second = pay(alice)
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)
    deliver(*events("charge.dispute.created"))

    with pytest.raises(InvalidStateError, match="dispute"):
        overpayments.refund_overpayment(booking=booking)
    assert not _list_refunds(dashboard)

    dispute = StripeDispute.objects.get()
    StripeDispute.objects.update(status="lost", amount_withdrawn=9999)
    assert (dispute.amount, booking.amount_due, booking.amount_overpaid) == (9999, 0, 0)
    assert service.refund_overpayment(booking)["refunds"] == []


def test_once_the_dispute_is_won_it_is_overpaid(service, alice, booking, pay, events, deliver):
    pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    second = pay(alice)
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)
    deliver(*events("charge.dispute.created"))
    assert booking.amount_overpaid == 0

    StripeDispute.objects.update(status="won", amount_withdrawn=0, is_charge_refundable=True)

    assert service.refund_overpayment(booking)["refunds"][0].amount == 9999


def test_yen_are_not_refunded_as_dollars(service, alice, pay, dashboard):
    booking = Booking.objects.create(reference="NRT-1", user=alice, amount=3500, currency="JPY")
    pay(alice, None, None, booking=booking)
    Booking.objects.filter(pk=booking.pk).update(currency="USD", amount=3000)
    booking.refresh_from_db()

    assert (booking.amount_paid, booking.amount_overpaid) == (0, 0)
    assert service.refund_overpayment(booking)["refunds"] == []
    assert not _list_refunds(dashboard)


def test_another_users_payment_is_not_refunded_as_overpaid(
    service, booking, bob, paid_twice, dashboard
):
    Booking.objects.update(user=bob)
    booking.refresh_from_db()

    for user in (None, bob):  # the new owner needs no permission for the old one's payments
        assert service.refund_overpayment(booking, user=user) == {"success": True, "refunds": []}
    assert not _list_refunds(dashboard)


@pytest.mark.parametrize("changed", ["currency", "user"])
def test_a_payment_that_does_not_count_is_logged(
    service, alice, bob, booking, dashboard, events, deliver, caplog, changed
):
    """The booking changed while she was paying, bypassing everything that cancels its open
    payment."""
    intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    Booking.objects.update(**{"currency": {"currency": "EUR"}, "user": {"user": bob}}[changed])
    dashboard.v1.payment_intents.confirm(
        intent.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    deliver(*events("payment_intent.succeeded"))

    assert caplog.text.count("booking_payment_not_counted") == 1
    assert "booking_overpaid" not in caplog.text


def test_what_the_booking_cost_before_is_not_given_back_in_that_currency(
    service, alice, booking, pay, dashboard
):
    """The site's code holds the booking as it was when it was priced in dollars."""
    dollars = pay(alice, None, None, booking=booking)
    yen = [pay(alice, "5000", "JPY") for _ in range(2)]
    StripePaymentIntent.objects.exclude(pk=dollars.pk).update(booking=booking)
    Booking.objects.update(amount=5000, currency="JPY")
    assert booking.currency == "USD"

    done = service.refund_overpayment(booking)

    assert done["success"], done
    assert _list_refunds(dashboard) == [(yen[1].stripe_payment_intent_id, 5000)]


def test_a_payment_that_stops_counting_meanwhile_is_not_refunded(
    alice, booking, pay, paid_twice, dashboard, monkeypatch
):
    """The price changes after the payments were listed."""
    listed = overpayments._list_refundable

    def list_and_reprice(booking):
        found = listed(booking)
        yen = [pay(alice, "5000", "JPY") for _ in range(2)]
        StripePaymentIntent.objects.filter(pk__in=[one.pk for one in yen]).update(booking=booking)
        Booking.objects.update(amount=5000, currency="JPY")
        return found

    monkeypatch.setattr(overpayments, "_list_refundable", list_and_reprice)

    with pytest.raises(InvalidStateError):
        overpayments.refund_overpayment(booking=booking)

    assert _list_refunds(dashboard) == []
