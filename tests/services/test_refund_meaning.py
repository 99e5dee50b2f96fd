"""A refund lowers the booking's cost, or the customer owes the amount again."""

import pytest
from django.utils import timezone

from payments_graphql.errors import IdempotencyError, PermissionDeniedError
from payments_graphql.mirror import fetch_and_apply
from payments_graphql.models import Booking, StripePaymentIntent, StripeRefund
from payments_graphql.policy import Policy
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import refunds


@pytest.fixture
def paid(alice, booking, pay, sandbox):
    return pay(alice, None, None, booking=booking)


def _refund(intent, **values) -> StripeRefund:
    return refunds.create_refund(payment_intent=intent, **values)[0]


@pytest.mark.parametrize("reason", ["", "requested_by_customer"])
def test_a_partial_refund_is_not_due_again(booking, paid, reason, service, alice):
    refund = _refund(paid, amount=20, reason=reason)

    assert refund.reduces_amount_due
    assert (booking.amount_paid, booking.amount_due, booking.amount_overpaid) == (7999, 0, 0)
    again = service.create_payment_intent(user=alice, booking=booking)
    assert again["error"] == "This booking is already paid."


@pytest.mark.parametrize("reason", ["duplicate", "fraudulent"])
def test_a_duplicate_or_fraudulent_payment_is_due_again(booking, paid, reason):
    refund = _refund(paid, amount=20, reason=reason)

    assert not refund.reduces_amount_due
    assert booking.amount_due == 2000


@pytest.mark.parametrize(("reduces", "due"), [(True, 0), (False, 2000)])
@pytest.mark.parametrize("reason", ["duplicate", "requested_by_customer"])
def test_the_caller_chooses_what_a_refund_means(booking, paid, reduces, due, reason):
    _refund(paid, amount=20, reason=reason, reduces_amount_due=reduces)

    assert booking.amount_due == due


def test_after_a_full_refund_the_booking_can_be_paid_again(booking, paid, service, alice):
    """Or be canceled. The price was not waived."""
    assert _refund(paid, amount=20).amount_due_reduction == 2000

    assert _refund(paid).amount_due_reduction == 0

    assert booking.amount_due == 7999
    assert service.create_payment_intent(user=alice, booking=booking)["success"]


def test_a_full_refund_may_waive_the_price(booking, paid):
    _refund(paid, reduces_amount_due=True)

    assert (booking.amount_paid, booking.amount_due, booking.amount_overpaid) == (0, 0, 0)


def test_a_refund_in_full_in_the_dashboard_can_be_paid_again(
    booking, paid, dashboard, events, deliver
):
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id})
    deliver(*events())
    reconcile()

    assert booking.amount_due == 9999


def test_an_overpaid_amount_is_refunded_first_and_reduces_nothing(booking, paid):
    Booking.objects.update(amount=8999)

    refund = _refund(paid, amount=30, reduces_amount_due=True)

    booking.refresh_from_db()
    assert refund.amount_due_reduction == 2000
    assert (booking.amount_paid, booking.amount_due, booking.amount_overpaid) == (6999, 0, 0)


def test_one_of_two_payments_is_refunded_and_the_other_kept(booking, paid, alice, pay):
    """All of it is overpaid. If the cost were lowered, the other payment would be overpaid next."""
    second = pay(alice)
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)

    refund = _refund(second)

    assert refund.amount_due_reduction == 0
    assert (booking.amount_due, booking.amount_overpaid) == (0, 0)


def test_an_overpayment_that_is_refunded_changes_nothing_about_the_cost(booking, paid, service):
    Booking.objects.update(amount=8000)

    (refund,) = service.refund_overpayment(booking)["refunds"]

    booking.refresh_from_db()
    assert (refund.amount, refund.amount_due_reduction) == (1999, 0)
    assert (booking.amount_due, booking.amount_overpaid) == (0, 0)


def test_a_canceled_booking_costs_nothing_that_could_be_reduced(booking, paid):
    Booking.objects.update(canceled_at=timezone.now())

    assert _refund(paid, amount=20).amount_due_reduction == 0

    Booking.objects.update(canceled_at=None)
    booking.refresh_from_db()
    assert booking.amount_due == 2000


def test_a_refund_that_fails_later_no_longer_reduces_anything(alice, booking, pay, sandbox):
    intent = pay(alice, None, None, booking=booking, method="pm_card_refundFail")
    _refund(intent, amount=20)
    assert booking.sum_up().cost == 7999

    sandbox.advance(2)
    reconcile()

    sums = booking.sum_up()
    assert (sums.cost, sums.paid, sums.due, sums.overpaid) == (9999, 9999, 0, 0)


def test_a_pending_refund_reduces_when_it_has_succeeded(alice, booking, pay, sandbox):
    intent = pay(alice, None, None, booking=booking, method="pm_card_pendingRefund")
    _refund(intent, amount=20)
    assert (booking.sum_up().cost, booking.amount_due, booking.amount_overpaid) == (9999, 0, 0)

    sandbox.advance(2)
    reconcile()

    assert (booking.sum_up().cost, booking.amount_due, booking.amount_overpaid) == (7999, 0, 0)


@pytest.mark.parametrize(
    ("reason", "due"), [("requested_by_customer", 0), (None, 0), ("duplicate", 2000)]
)
def test_the_reason_of_a_dashboard_refund_decides(
    booking, paid, dashboard, events, deliver, reason, due
):
    asked = {"payment_intent": paid.stripe_payment_intent_id, "amount": 2000}
    dashboard.v1.refunds.create(asked | ({"reason": reason} if reason else {}))
    deliver(*events())
    reconcile()

    assert (booking.amount_paid, booking.amount_due) == (7999, due)


def test_an_overpayment_refunded_in_the_dashboard_reduces_nothing(
    booking, paid, dashboard, events, deliver
):
    Booking.objects.update(amount=8999)
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id, "amount": 1000})
    deliver(*events())
    reconcile()

    booking.refresh_from_db()
    assert StripeRefund.objects.get().amount_due_reduction == 0
    assert (booking.amount_due, booking.amount_overpaid) == (0, 0)


def test_owners_who_refund_themselves_owe_it_again(booking, paid, alice):
    """If the site allows it: otherwise they would travel for free."""
    with pytest.raises(PermissionDeniedError, match="not allowed to reduce") as caught:
        _refund(paid, amount=20, reduces_amount_due=True, user=alice)
    assert caught.value.path == ("reducesAmountDue",)
    assert not StripeRefund.objects.exists()

    _refund(paid, amount=20, user=alice)
    assert booking.amount_due == 2000


class OnlyOfExpensiveBookings(Policy):
    def may_reduce_amount_due(self, person, intent):
        return intent.booking.amount > 5000


@pytest.mark.parametrize(("price", "is_allowed"), [(9999, True), (5000, False)])
def test_the_sites_policy_decides_by_the_payment(booking, paid, sam, settings, price, is_allowed):
    settings.PAYMENTS_POLICY = f"{__name__}.OnlyOfExpensiveBookings"
    Booking.objects.update(amount=price)
    paid.refresh_from_db()

    if is_allowed:
        assert _refund(paid, amount=20, reduces_amount_due=True, user=sam).reduces_amount_due
    else:
        with pytest.raises(PermissionDeniedError):
            _refund(paid, amount=20, reduces_amount_due=True, user=sam)


def test_staff_may_choose_what_it_means(booking, paid, sam):
    _refund(paid, amount=20, user=sam)
    assert booking.amount_due == 0


def test_the_same_key_with_another_meaning_is_another_request(paid):
    _refund(paid, amount=20, idempotency_key="k", reduces_amount_due=True)

    with pytest.raises(IdempotencyError):
        _refund(paid, amount=20, idempotency_key="k", reduces_amount_due=False)


def test_a_refund_reads_no_row_twice_under_its_locks(paid, django_assert_max_num_queries):
    """Others wait for the booking and the payment meanwhile."""
    with django_assert_max_num_queries(22):
        _refund(paid, amount=20)


def test_a_payment_without_a_booking_is_refunded_too(alice, pay, sandbox):
    assert _refund(pay(alice), amount=20).amount == 2000


@pytest.mark.parametrize("tells", ["events", "a read"])
def test_two_dashboard_refunds_mean_the_same_however_they_arrive(
    booking, paid, dashboard, events, deliver, tells, sandbox
):
    """The first refunds a part, the second the rest."""
    for amount in (4000, 5999):
        dashboard.v1.refunds.create(
            {"payment_intent": paid.stripe_payment_intent_id, "amount": amount}
        )
        sandbox.advance(1)
    if tells == "events":
        deliver(*events("refund.created"))
    else:
        fetch_and_apply("payment_intent", paid.stripe_payment_intent_id)

    found = StripeRefund.objects.order_by("amount")
    assert [(one.amount, one.amount_due_reduction) for one in found] == [(4000, 4000), (5999, 0)]
