"""Our payments that nobody pays or changes for a day are canceled, and no others."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from payments_graphql.mirror import get_next_read
from payments_graphql.models import Operation, StripePaymentIntent
from payments_graphql.reconciliation import abandoned, reconcile
from payments_graphql.reconciliation.rereading import read_due
from tests.faulty_stripe import BAD_GATEWAY, REFUSED
from tests.reconciliation.conftest import seconds_until
from tests.services.days import issue_voucher
from tests.threads import run_together

A_DAY = timedelta(hours=24, minutes=1)


def test_an_unpaid_payment_is_canceled_after_a_day(unpaid, let_time_pass, dashboard):
    let_time_pass(timedelta(hours=23))
    assert reconcile().canceled == 0
    let_time_pass(timedelta(hours=1, minutes=1))

    assert reconcile().canceled == 1

    unpaid.refresh_from_db()
    assert (unpaid.status, unpaid.cancellation_reason) == ("canceled", "abandoned")
    at_stripe = dashboard.v1.payment_intents.retrieve(unpaid.stripe_payment_intent_id)
    assert at_stripe.status == "canceled"
    operation = Operation.objects.get(kind="cancel_payment_intent")
    assert (operation.actor, operation.state) == ("system:reconcile", "succeeded")
    assert reconcile().canceled == 0


def test_a_declined_one_is_canceled_a_day_after_the_decline(unpaid, service, let_time_pass):
    let_time_pass(timedelta(hours=23))
    service.confirm_payment_intent(unpaid, payment_method="pm_card_chargeDeclined")
    let_time_pass(timedelta(hours=2))
    assert read_due().canceled == 0
    let_time_pass(timedelta(hours=23))
    assert read_due().canceled == 1


def test_a_voucher_is_left_to_be_paid(service, alice, dashboard, let_time_pass, make_due):
    """The customer has its number and three days, and may have been at the bank today."""
    created = service.create_payment_intent(user=alice, amount=10, currency="BRL")
    intent = created["payment_intent"]
    issue_voucher(dashboard, intent)
    assert reconcile().canceled == 0
    for _ in range(2):
        let_time_pass(timedelta(days=1, minutes=1))
        make_due()
        assert read_due().canceled == 0

    intent.refresh_from_db()
    assert intent.status == "requires_action"
    # Read again after its deadline, and canceled only if nobody has changed it since.
    assert intent.next_action_expires_at < intent.abandoned_at
    assert seconds_until(intent.next_read_at) > 0
    StripePaymentIntent.objects.update(next_action_expires_at=timezone.now() - timedelta(hours=25))
    intent.refresh_from_db()
    assert abandoned.is_abandoned(intent)


def test_a_voucher_is_read_again_once_its_time_is_over(service, alice, dashboard):
    intent = service.create_payment_intent(user=alice, amount=10, currency="BRL")["payment_intent"]
    issue_voucher(dashboard, intent)
    StripePaymentIntent.objects.update(next_read_at=timezone.now())
    reconcile()
    intent.refresh_from_db()

    end = intent.next_action_expires_at
    just_before = get_next_read(intent, now=end - timedelta(hours=1))
    assert just_before == end + timedelta(minutes=1)


@pytest.mark.parametrize("after", [None, timedelta(days=3)])
def test_the_setting_says_when(unpaid, let_time_pass, make_due, settings, after):
    settings.PAYMENTS_CANCEL_UNPAID_AFTER = after
    let_time_pass(A_DAY)
    make_due()
    assert read_due().canceled == 0
    let_time_pass(timedelta(days=2))
    make_due()
    assert read_due().canceled == (0 if after is None else 1)


def test_an_authorized_payment_is_never_canceled(service, alice, sandbox, let_time_pass, make_due):
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method="manual"
    )
    intent = created["payment_intent"]
    assert service.confirm_payment_intent(intent, payment_method="pm_card_visa")["success"]
    let_time_pass(timedelta(days=3))
    make_due()

    assert read_due().canceled == 0
    assert StripePaymentIntent.objects.get().status == "requires_capture"


@pytest.mark.parametrize("capture_method", ["automatic", "manual"])
def test_one_paid_without_an_event_is_left(
    service, alice, dashboard, let_time_pass, capture_method
):
    """Every webhook was lost: our row says unpaid, and Stripe would cancel the authorization."""
    created = service.create_payment_intent(
        user=alice, amount=10, currency="USD", capture_method=capture_method
    )
    stripe_id = created["payment_intent"].stripe_payment_intent_id
    dashboard.v1.payment_intents.confirm(stripe_id, {"payment_method": "pm_card_visa"})
    let_time_pass(A_DAY)

    assert read_due().canceled == 0
    moved = "succeeded" if capture_method == "automatic" else "requires_capture"
    assert StripePaymentIntent.objects.get().status == moved
    assert not Operation.objects.filter(kind="cancel_payment_intent").exists()


def test_one_that_moves_after_it_was_read_is_left(unpaid, let_time_pass, monkeypatch):
    let_time_pass(A_DAY)

    def move(intent):
        StripePaymentIntent.objects.update(status="processing")
        cancel(intent)

    cancel = abandoned.cancel
    monkeypatch.setattr(abandoned, "cancel", move)

    assert read_due().canceled == 0
    assert not Operation.objects.filter(kind="cancel_payment_intent").exists()


def test_a_payment_made_in_the_dashboard_is_not_ours_to_cancel(
    service, alice, dashboard, events, deliver, let_time_pass
):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "customer": customer.stripe_customer_id}
    )
    deliver(*events())
    let_time_pass(A_DAY)

    done = read_due()

    assert (done.read, done.canceled) == (1, 0)
    assert StripePaymentIntent.objects.get().status == "requires_payment_method"


def test_one_tried_recently_is_left(unpaid, service, let_time_pass, make_due):
    """A confirm that never reached Stripe changes nothing there, but counts as a change here."""
    let_time_pass(A_DAY)
    Operation.objects.create(
        actor="user:1", key="k", kind="confirm_payment_intent", state="failed",
        payment_intent=unpaid,
    )  # fmt: skip
    make_due()
    assert read_due().canceled == 0


def test_a_cancel_that_stripe_refuses_is_not_repeated_at_once(
    unpaid, let_time_pass, make_due, link
):
    let_time_pass(A_DAY)
    link.also_reads = False
    link.always = REFUSED
    for _ in range(2):
        make_due()
        assert read_due().canceled == 0
    assert Operation.objects.filter(kind="cancel_payment_intent", state="failed").count() == 1


def test_a_cancel_with_unknown_outcome_is_settled_like_any_other(
    unpaid, let_time_pass, link, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    let_time_pass(A_DAY)
    link.also_reads = False
    link.always = BAD_GATEWAY
    done = read_due()
    assert (done.canceled, done.in_vain) == (0, 1)
    assert Operation.objects.get(kind="cancel_payment_intent").state == "unknown"


def test_a_bookings_open_payment_is_canceled_and_another_can_be_made(
    service, alice, booking, sandbox, let_time_pass
):
    first = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    let_time_pass(A_DAY)
    assert read_due().canceled == 1

    second = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    assert second != first


@pytest.mark.django_db(transaction=True)
def test_two_machines_cancel_it_once(service, alice, sandbox, let_time_pass, dashboard):
    for _ in range(5):
        assert service.create_payment_intent(user=alice, amount=20, currency="USD")["success"]
    let_time_pass(A_DAY)

    done = run_together(3, lambda number: read_due())

    assert sum(one.canceled for one in done) == 5
    assert Operation.objects.filter(kind="cancel_payment_intent").count() == 5
    assert {one.status for one in dashboard.v1.payment_intents.list().data} == {"canceled"}


def test_a_payment_returned_again_for_its_booking_is_not_abandoned(
    service, alice, booking, sandbox, let_time_pass, make_due
):
    """Someone is about to pay it."""
    first = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    let_time_pass(A_DAY)

    again = service.create_payment_intent(user=alice, booking=booking)
    # Its operation also shows this, and is removed in time.
    Operation.objects.exclude(state="pending").update(created_at=F("created_at") - A_DAY)
    make_due()

    assert again["payment_intent"].pk == first.pk
    assert again["payment_intent"].updated_at > timezone.now() - timedelta(minutes=1)
    assert read_due().canceled == 0
    let_time_pass(A_DAY)
    make_due()
    assert read_due().canceled == 1
