"""Bookings and holds that need a person are listed in every round until someone decides."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.mirror import fetch_and_apply
from payments_graphql.models import (
    Booking,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
)
from payments_graphql.problems import examine
from payments_graphql.reconciliation import check_bookings, reconcile
from tests.schema.rows import make_disputes, make_intents, make_refunds

MARKED = (Booking, StripePaymentIntent, StripeRefund, StripeDispute)


@pytest.fixture
def run(sandbox, db):
    """Runs a round. Returns its exit code and output."""

    def run() -> tuple[int, str]:
        output = StringIO()
        try:
            call_command("payments_reconcile", stdout=output)
        except SystemExit as ended:
            return int(ended.code), output.getvalue()
        return 0, output.getvalue()

    return run


@pytest.fixture
def held(alice, booking, pay, sandbox):
    return pay(alice, None, None, booking=booking, capture_method="manual")


@pytest.fixture
def paid(alice, booking):
    return make_intents(
        alice, booking=booking, amount=9999, amount_received=9999, status="succeeded"
    )[0]


def _count_to_decide() -> int:
    of_bookings = ("overpaid_bookings", "canceled_but_paid_bookings", "payments_not_counted")
    return sum(one.count for one in examine() if one.kind in of_bookings)


def _count_marked() -> int:
    return sum(model.objects.filter(unchecked_since__isnull=False).count() for model in MARKED)


def test_a_hold_that_is_due_needs_no_person(run, held):
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"canceled_at": timezone.now()}, "The booking was canceled"),
        ({"amount": 8000}, "At most 80.00 USD can be captured"),
        (
            {"currency": "EUR"},
            "The booking now belongs to another customer or has another currency",
        ),
    ],
)
def test_a_hold_that_is_not_due_is_reported_until_it_is_canceled(run, held, service, values, said):
    Booking.objects.update(**values)
    for _ in range(2):
        code, text = run()
        assert code == 2
        expected = f"payment {held.stripe_payment_intent_id} holds 99.99 USD, which is not due: "
        assert expected + said in text

    assert service.cancel_payment_intent(held)["success"]
    assert run()[0] == 0


@pytest.mark.parametrize(("hours", "code"), [(25, 0), (23, 2), (-1, 2)])
def test_a_hold_that_expires_soon_is_reported(run, held, hours, code):
    assert run()[0] == 0  # all events from Stripe so far are processed
    StripePaymentIntent.objects.update(capture_before=timezone.now() + timedelta(hours=hours))
    ended, text = run()
    assert ended == code
    assert ("capture or cancel it" in text) == (code == 2)


def test_a_hold_without_a_booking_expires_too(run, alice, pay, sandbox):
    pay(alice, capture_method="manual")
    assert run()[0] == 0
    StripePaymentIntent.objects.update(capture_before=timezone.now() + timedelta(hours=1))
    assert "capture or cancel it" in run()[1]


def test_a_payment_in_another_currency_is_reported_until_it_is_refunded(run, alice, pay, service):
    booking = Booking.objects.create(reference="NRT-1", user=alice, amount=3500, currency="JPY")
    yen = pay(alice, None, None, booking=booking)
    Booking.objects.filter(pk=booking.pk).update(currency="USD")
    for _ in range(2):
        code, text = run()
        assert code == 2
        assert f"payment {yen.stripe_payment_intent_id} of 3500 JPY does not count" in text

    assert service.create_refund(yen)["success"]
    assert run()[0] == 0


def test_a_canceled_booking_that_keeps_money_is_reported_as_such(run, alice, pay, booking):
    pay(alice, None, None, booking=booking)
    Booking.objects.update(canceled_at=timezone.now())
    assert "booking LIS-1 is canceled and keeps 99.99 USD" in run()[1]


def test_what_an_open_dispute_holds_needs_no_decision_yet(run, alice, booking, pay):
    paid, second = pay(alice, None, None, booking=booking), pay(alice)
    StripePaymentIntent.objects.filter(pk=second.pk).update(booking=booking)
    make_disputes(paid, amount=9999, status="needs_response")
    assert "booking LIS-1" not in run()[1]

    StripeDispute.objects.update(status="won", amount_withdrawn=0)
    assert "booking LIS-1 is overpaid by 99.99 USD" in run()[1]


def test_checked_rows_are_not_looked_at_again(booking, paid):
    make_refunds(paid, amount=100, amount_due_reduction=100)
    make_disputes(paid)
    assert _count_marked() == 4

    assert check_bookings() == 4
    assert _count_marked() == 0
    with CaptureQueriesContext(connection) as queries:
        check_bookings()
    assert len(queries) == len(MARKED)  # one query per table finds nothing


@pytest.mark.parametrize(
    "change",
    [
        lambda: Booking.objects.update(amount=1),
        lambda: Booking.objects.update(canceled_at=timezone.now()),
        lambda: Booking.objects.bulk_update(_repriced(), ["amount"]),
        lambda: [one.save() for one in _repriced()],
        lambda: _repriced()[0].save(update_fields=["amount"]),
        lambda: StripePaymentIntent.objects.update(amount_received=20000),
        lambda: StripeRefund.objects.update(status="failed"),
        lambda: StripeDispute.objects.update(status="won", amount_withdrawn=0),
        lambda: make_intents(
            Booking.objects.get().user,
            booking=Booking.objects.get(),
            status="succeeded",
            amount_received=1,
        ),
    ],
    ids=[
        "repriced", "canceled", "bulk", "saved", "saved in part", "received more", "refund failed",
        "dispute won", "paid again",
    ],
)  # fmt: skip
def test_whatever_makes_it_overpaid_is_found_after_it_was_checked(alice, booking, paid, change):
    other, disputed = (
        make_intents(alice, booking=booking, amount=9999, amount_received=9999, status="succeeded")[
            0
        ]
        for _ in range(2)
    )
    make_refunds(paid, amount=9999, status="succeeded")
    make_disputes(disputed, amount=9999, status="needs_response")
    assert (booking.amount_overpaid, other.amount_kept) == (0, 9999)
    check_bookings()
    assert _count_marked() == 0

    change()

    assert _count_to_decide() == 1
    check_bookings()
    assert _count_to_decide()  # the mark stays until someone has decided


def _repriced() -> list[Booking]:
    bookings = list(Booking.objects.all())
    for booking in bookings:
        booking.amount = 1
    return bookings


def test_a_change_while_it_is_checked_is_not_lost(booking, paid, monkeypatch):
    from payments_graphql.reconciliation import bookings

    find = bookings._list_with_sums

    def find_and_then_it_changes(pks):
        yield from find(pks)
        Booking.objects.update(amount=F("amount") - 1)

    monkeypatch.setattr(bookings, "_list_with_sums", find_and_then_it_changes)
    check_bookings()
    monkeypatch.undo()

    assert _count_to_decide()


def test_marks_of_the_other_mode_stay(booking, paid):
    StripePaymentIntent.objects.update(livemode=True)
    check_bookings()
    assert StripePaymentIntent.objects.filter(unchecked_since__isnull=False).count() == 1


def test_more_than_fit_into_a_chunk_are_all_checked(alice, monkeypatch):
    from payments_graphql.reconciliation import bookings

    monkeypatch.setattr(bookings, "_CHUNK", 3)
    made = [
        Booking.objects.create(reference=f"R{number}", user=alice, amount=100, currency="USD")
        for number in range(10)
    ]
    Booking.objects.update(unchecked_since=timezone.now())  # all at the same time
    for booking in made[::2]:
        make_intents(alice, booking=booking, status="succeeded", amount_received=200)

    assert _count_to_decide() == 5
    check_bookings()
    assert Booking.objects.filter(unchecked_since=None).count() == 5


def test_a_round_checks_and_an_update_of_a_payment_marks_again(alice, booking, pay, sandbox):
    pay(alice, None, None, booking=booking)
    reconcile()
    assert _count_marked() == 0

    StripePaymentIntent.objects.update(description="Nothing that a sum depends on")
    StripeCustomer.objects.update(version=F("version") + 1)
    assert _count_marked() == 0


def test_repairing_finds_changes_by_raw_sql(alice, booking, paid, sandbox):
    check_bookings()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_graphql_booking SET amount = 1")
    assert not _count_to_decide()

    with pytest.raises(SystemExit):
        call_command("payments_reconcile", "--repair", stdout=StringIO())

    assert _count_to_decide() == 1


def test_rereading_an_unchanged_row_marks_nothing(booking, pay, alice, sandbox):
    intent = pay(alice, None, None, booking=booking)
    reconcile()
    assert _count_marked() == 0

    fetch_and_apply("payment_intent", intent.stripe_payment_intent_id)

    assert _count_marked() == 0


def test_a_booking_overpaid_again_after_a_released_reservation_is_reported(booking, paid, alice):
    """A refund that Stripe never accepted leaves no row, and so no mark."""
    make_intents(alice, booking=booking, amount=9999, amount_received=9999, status="succeeded")
    reserved = StripeRefund.objects.create(payment_intent=paid, amount=9999, currency="USD")
    assert booking.amount_overpaid == 0
    check_bookings()

    StripeRefund.objects.filter(pk=reserved.pk).delete()

    assert booking.amount_overpaid == 9999
    assert _count_to_decide() == 1
