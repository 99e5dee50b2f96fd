"""What is kept, due and overpaid: the rules in Python, and the same in SQL."""

import random
from dataclasses import asdict

import pytest
from django.db.models import F
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    DisputeStatus,
    PaymentIntentStatus,
    RefundStatus,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    balance,
)

from .schema.rows import get_customer, make_disputes, make_intents, make_refunds

OPEN = [status for status in DisputeStatus if status not in DisputeStatus.closed()]


def _pay(booking, amount=None, **values):
    received = booking.amount if amount is None else amount
    given = {"booking": booking, "status": "succeeded", "currency": booking.currency} | values
    return make_intents(booking.user, amount=received, amount_received=received, **given)[0]


@pytest.mark.parametrize("status", OPEN)
def test_what_an_open_dispute_may_take_is_paid_and_not_overpaid(booking, status):
    disputed, _ = _pay(booking), _pay(booking)
    make_disputes(disputed, amount=9999, status=status)

    sums = booking.sum_up()

    assert (sums.paid, sums.due, sums.overpaid, sums.held) == (19998, 0, 0, 9999)


@pytest.mark.parametrize("status", ["won", "warning_closed"])
def test_a_dispute_that_was_won_holds_nothing(booking, status):
    disputed, _ = _pay(booking), _pay(booking)
    make_disputes(disputed, amount=9999, status=status)

    assert (booking.amount_overpaid, booking.sum_up().held) == (9999, 0)


@pytest.mark.parametrize("status", ["lost", "prevented"])
def test_what_a_dispute_took_is_due_again(booking, status):
    disputed = _pay(booking)
    make_disputes(disputed, amount=9999, status=status)

    assert (booking.amount_paid, booking.amount_due, disputed.amount_kept) == (0, 9999, 0)
    assert disputed.amount_refundable == 0


def test_a_dispute_of_a_part_holds_that_part(booking):
    make_disputes(_pay(booking), amount=3000, status="needs_response")
    Booking.objects.update(amount=5000)
    booking.refresh_from_db()

    assert (booking.amount_overpaid, booking.sum_up().held) == (1999, 3000)


def test_what_a_dispute_that_was_won_did_not_bring_back_is_not_refunded(booking):
    """The bank has already returned it to the customer."""
    paid = _pay(booking)
    make_disputes(paid, amount=9999, amount_withdrawn=4000, status="won")
    Booking.objects.update(canceled_at=timezone.now())
    booking.refresh_from_db()

    assert (paid.amount_refundable, booking.amount_overpaid) == (5999, 5999)


def test_a_payment_in_another_currency_does_not_count(booking):
    yen = _pay(booking, 3500, currency="JPY")

    assert (booking.amount_paid, booking.amount_due, booking.amount_overpaid) == (0, 9999, 0)
    assert booking.list_not_counted() == [yen]


def test_a_payment_of_another_user_does_not_count(booking, bob):
    hers = _pay(booking)
    Booking.objects.update(user=bob)
    booking.refresh_from_db()

    assert (booking.amount_paid, booking.amount_due) == (0, 9999)
    assert booking.list_not_counted() == [hers]


def test_a_payment_of_the_users_deleted_customer_still_counts(booking, alice):
    _pay(booking)
    StripeCustomer.objects.update(deleted_at=timezone.now())
    StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_new", generation=2)

    assert (booking.amount_due, booking.list_not_counted()) == (0, [])


def test_a_payment_of_the_other_mode_counts_nowhere(booking):
    _pay(booking, livemode=True)

    assert (booking.amount_paid, booking.list_not_counted()) == (0, [])


def test_a_booking_without_a_key_has_no_payments(alice):
    """Like an unsaved booking, if the database numbers them."""
    make_intents(alice, amount=1000, amount_received=1000, status="succeeded")

    booking = Booking(pk=None, user=alice, amount=9999, currency="USD")

    assert (booking.amount_paid, booking.amount_due) == (0, 9999)


def test_a_refunded_payment_needs_no_decision(booking):
    yen = _pay(booking, 3500, currency="JPY")
    make_refunds(yen, amount=3500, status="pending")

    assert booking.list_not_counted() == []


def test_a_currency_in_lower_case_is_the_same_currency(booking):
    _pay(booking)
    Booking.objects.update(currency="usd")
    booking.refresh_from_db()

    assert (booking.amount_due, booking.list_not_counted()) == (0, [])


@pytest.mark.parametrize(
    ("status", "cost", "due", "overpaid"),
    [
        ("succeeded", 7999, 0, 0),
        ("pending", 9999, 0, 0),
        ("failed", 9999, 0, 0),
        ("canceled", 9999, 0, 0),
    ],
)
def test_a_refund_that_reduces_counts_once_it_has_succeeded(booking, status, cost, due, overpaid):
    make_refunds(_pay(booking), amount=2000, amount_due_reduction=2000, status=status)

    sums = booking.sum_up()

    assert (sums.cost, sums.due, sums.overpaid) == (cost, due, overpaid)


def test_a_refund_that_does_not_reduce_is_due_again(booking):
    make_refunds(_pay(booking), amount=2000)

    assert booking.amount_due == 2000


def test_the_sums_are_asked_for_without_a_statement_when_fetched(
    booking, django_assert_num_queries
):
    make_refunds(_pay(booking), amount=2000)
    (found,) = Booking.objects.prefetch_related(
        "payment_intents__customer", "payment_intents__refunds", "payment_intents__disputes"
    )

    with django_assert_num_queries(0):
        assert (found.amount_paid, found.amount_due, found.amount_overpaid) == (7999, 2000, 0)
    with django_assert_num_queries(3):
        assert booking.amount_due == 2000


def _make_bookings(chance: random.Random, users) -> None:
    for number in range(150):
        booking = Booking.objects.create(
            reference=f"R{number}",
            user=chance.choice(users),
            amount=chance.randint(1, 9) * 100,
            currency=chance.choice(("USD", "JPY")),
            canceled_at=chance.choice((None, None, timezone.now())),
        )
        for _ in range(chance.randint(0, 3)):
            _make_payment(chance, booking, users)
    Booking.objects.filter(currency="USD", reference__endswith="1").update(currency="usd")


def _make_payment(chance: random.Random, booking: Booking, users) -> None:
    status = chance.choice(("succeeded", "succeeded", "succeeded", *PaymentIntentStatus))
    is_final = status in PaymentIntentStatus.terminal()
    received = chance.randint(0, 9) * 100
    intent = make_intents(
        chance.choice((booking.user, booking.user, *users)),
        booking=booking if is_final else None,
        status=status,
        amount_received=received,
        currency=chance.choice((booking.currency, "USD")),
        livemode=chance.random() < 0.2,
    )[0]
    for _ in range(chance.randint(0, 2)):
        amount = chance.randint(1, 9) * 100
        reduction = chance.choice((0, amount))
        make_refunds(
            intent,
            amount=amount,
            status=chance.choice(list(RefundStatus)),
            amount_due_reduction=reduction,
        )
    if chance.random() < 0.7:
        make_disputes(
            intent, amount=chance.randint(1, 9) * 100, status=chance.choice(list(DisputeStatus))
        )


def test_sql_and_python_come_to_the_same_sums(alice, bob):
    get_customer(alice)
    _make_bookings(random.Random(9), [alice, bob])
    assert StripePaymentIntent.objects.count() > 50
    assert StripeRefund.objects.exists()
    assert StripeDispute.objects.exists()
    names = list(asdict(Booking.objects.all()[0].sum_up()))

    by_sql = balance.with_sums(Booking.objects.all()).annotate(
        **{f"{name}_by_sql": F(f"sum_{name}") for name in names}
    )

    seen = set()
    for booking in by_sql:
        in_python = asdict(booking.sum_up())
        assert {name: getattr(booking, f"{name}_by_sql") for name in names} == in_python, booking
        seen |= {name for name, amount in in_python.items() if amount}
    assert seen == set(names)  # otherwise nothing would be compared
