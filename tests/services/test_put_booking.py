"""A site that keeps its bookings in its own table reports each of them."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from payments_graphql.errors import PaymentError
from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.services import booking_writes
from payments_graphql.services.booking_changes import cancel_outdated_intents
from tests.faulty_stripe import RESET, faulty_stripe
from tests.threads import run_together


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


@pytest.fixture
def put(service, alice):
    """Values of Alice's trip to Lisbon, except the given ones."""

    def put(**values):
        given = {"reference": "LIS-1", "user": alice, "amount": "99.99", "currency": "USD"}
        return service.put_booking(**given | {"description": "Lisbon"} | values)

    return put


@pytest.fixture
def open_intent(service, alice, booking):
    return service.create_payment_intent(user=alice, booking=booking)["payment_intent"]


def test_a_new_one_is_created(put, alice):
    result = put(amount=Decimal("99.99"), currency="usd", reference=" LIS-1 ")

    assert (result["success"], result["outcome"]) == (True, "created")
    assert (result["changed"], result["released"]) == ((), None)
    booking = Booking.objects.get()
    assert result["booking"] == booking
    assert (booking.reference, booking.user, booking.description) == ("LIS-1", alice, "Lisbon")
    assert (booking.amount, booking.currency, booking.canceled_at) == (9999, "USD", None)


def test_an_unchanged_booking_costs_one_statement(
    put, booking, open_intent, sandbox, django_assert_num_queries
):
    asked = len(sandbox.requests())

    with django_assert_num_queries(1):
        result = put()

    assert (result["outcome"], result["released"]) == ("unchanged", None)
    assert result["booking"] == booking
    assert len(sandbox.requests()) == asked


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"amount": 50}, ("amount",)),
        ({"amount": 120}, ("amount",)),
        ({"amount": 9999, "currency": "JPY"}, ("currency",)),
        ({"canceled": True}, ("canceled_at",)),
        ({"canceled": True, "amount": 0}, ("canceled_at",)),
        ({"canceled": True, "amount": 50}, ("amount", "canceled_at")),
    ],
)
def test_another_price_or_a_cancellation_cancels_the_open_payment(
    put, booking, open_intent, values, changed
):
    result = put(**values)

    assert (result["outcome"], result["changed"]) == ("updated", changed)
    assert (result["released"], result["payment_intent"]) == ("canceled", open_intent)
    open_intent.refresh_from_db()
    assert open_intent.status == "canceled"
    booking.refresh_from_db()
    assert result["booking"].amount == booking.amount
    assert (booking.canceled_at is not None) == ("canceled" in values)


def test_another_description_leaves_a_payment_of_a_part(put, service, alice, booking):
    part = service.create_payment_intent(user=alice, booking=booking, amount=20, partial=True)

    result = put(description="Lisbon and Porto")

    assert (result["changed"], result["released"]) == (("description",), None)
    assert StripePaymentIntent.objects.get(pk=part["payment_intent"].pk).is_payable
    assert Booking.objects.get().description == "Lisbon and Porto"


def test_a_booking_given_to_another_user_does_not_take_its_payment_along(
    put, service, bob, booking, open_intent
):
    result = put(user=bob)

    assert (result["changed"], result["released"]) == (("user",), "canceled")
    booking.refresh_from_db()
    assert booking.user == bob
    of_bob = service.create_payment_intent(user=bob, booking=booking)
    assert of_bob["payment_intent"] != open_intent


def test_a_canceled_one_is_put_back_and_can_be_paid(put, service, alice, booking):
    put(canceled=True)
    canceled_at = Booking.objects.get().canceled_at
    assert put(canceled=True)["outcome"] == "unchanged"
    assert Booking.objects.get().canceled_at == canceled_at

    result = put()

    assert (result["changed"], result["released"]) == (("canceled_at",), "nothing_open")
    assert service.create_payment_intent(user=alice, booking=result["booking"])["success"]


def test_only_a_canceled_one_may_have_no_price(put, booking):
    assert put(amount=0)["error_code"] == "amount_invalid"
    booking.refresh_from_db()
    assert (booking.amount, booking.canceled_at) == (9999, None)


def test_one_with_a_price_that_cannot_be_charged_can_be_canceled(put, booking):
    Booking.objects.update(amount=-5)  # past the model

    result = put(canceled=True, amount=0)

    assert (result["outcome"], result["changed"]) == ("updated", ("canceled_at",))


def test_a_lower_price_after_a_payment_is_overpaid(put, pay, alice, booking):
    pay(alice, None, None, booking=booking)

    result = put(amount=80)

    assert result["booking"].amount_overpaid == 1999
    assert Booking.objects.exclude(unchecked_since=None).exists()


def test_the_currency_stays_once_it_is_paid(pay, alice, booking):
    pay(alice, None, None, booking=booking)

    with pytest.raises(PaymentError, match="payments in USD") as caught:
        booking_writes.put_booking(reference="LIS-1", user=alice, amount="99.99", currency="EUR")

    assert (caught.value.code, caught.value.path) == ("amount_mismatch", ("currency",))
    assert Booking.objects.get().currency == "USD"


class TestTransactions:
    def test_the_open_payment_is_canceled_after_the_commit(
        self, put, booking, open_intent, sandbox, django_capture_on_commit_callbacks
    ):
        asked = len(sandbox.requests())
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            result = put(amount=50)
            assert len(sandbox.requests()) == asked

        assert (result["outcome"], result["released"]) == ("updated", "after_commit")
        open_intent.refresh_from_db()
        assert open_intent.status == "canceled"

    @pytest.mark.django_db(transaction=True)
    def test_a_rollback_leaves_booking_and_payment_as_they_were(self, put, booking, open_intent):
        with transaction.atomic():
            put(amount=50)
            transaction.set_rollback(True)

        booking.refresh_from_db()
        assert booking.amount == 9999
        open_intent.refresh_from_db()
        assert open_intent.is_payable

    @pytest.mark.django_db(transaction=True)
    def test_bad_input_leaves_the_transaction_usable(self, put):
        with transaction.atomic():
            assert not put(amount=-1)["success"]
            assert put()["success"]

        assert Booking.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_an_outage_of_stripe_after_the_commit_does_not_reach_the_caller(
        self, put, booking, open_intent, sandbox, settings, caplog
    ):
        settings.PAYMENTS_OPERATION_TIMEOUT = 0
        with faulty_stripe(sandbox.url) as link:
            settings.STRIPE_API_BASE = link.url
            link.always = RESET
            with transaction.atomic():
                put(amount=50)
        settings.STRIPE_API_BASE = sandbox.url
        settings.PAYMENTS_OPERATION_TIMEOUT = 5
        assert "intent_not_released" in caplog.text

        cancel_outdated_intents()

        open_intent.refresh_from_db()
        assert open_intent.status == "canceled"

    @pytest.mark.django_db(transaction=True)
    def test_nor_does_a_fault_in_the_code(self, put, booking, monkeypatch):
        def fail(booking):
            raise RuntimeError

        monkeypatch.setattr(booking_writes, "release_open_intent", fail)
        with transaction.atomic():
            put(amount=50)

        booking.refresh_from_db()
        assert booking.amount == 5000


def test_a_cancel_that_failed_during_an_outage_is_done_later(
    put, booking, open_intent, sandbox, settings
):
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.always = RESET
        result = put(canceled=True)

    assert (result["success"], result["released"]) == (True, "later")
    assert Booking.objects.get().canceled_at is not None


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_concurrent_creations_make_one_booking(self, put):
        results = run_together(2, lambda number: put())

        assert sorted(result["outcome"] for result in results) == ["created", "unchanged"]
        assert Booking.objects.count() == 1

    def test_two_creations_within_transactions_make_one_booking(self, put):
        def put_within(number):
            with transaction.atomic():
                return put()

        results = run_together(2, put_within)

        assert sorted(result["outcome"] for result in results) == ["created", "unchanged"]

    def test_two_prices_leave_one_of_them_and_no_open_payment(self, put, booking, open_intent):
        results = run_together(2, lambda number: put(amount=(50, 70)[number]))

        assert [result["outcome"] for result in results] == ["updated", "updated"]
        booking.refresh_from_db()
        assert booking.amount in (5000, 7000)
        open_intent.refresh_from_db()
        assert open_intent.status == "canceled"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": 0}, "amount_invalid"),
        ({"amount": "NaN"}, "amount_invalid"),
        ({"amount": None}, "amount_invalid"),
        ({"amount": None, "canceled": True}, "amount_invalid"),
        ({"amount": 0, "canceled": True}, "amount_invalid"),
        ({"amount": Decimal("sNaN"), "canceled": True}, "amount_invalid"),
        ({"amount": "10.999"}, "amount_precision"),
        ({"amount": 10**12}, "amount_too_large"),
        ({"currency": "XXX"}, "currency_unsupported"),
        ({"currency": None}, "currency_unsupported"),
        ({"reference": "  "}, "invalid_input"),
        ({"reference": "r" * 65}, "invalid_input"),
        ({"reference": "a\x00"}, "invalid_input"),
        ({"reference": 17}, "invalid_input"),
        ({"description": "d" * 501}, "invalid_input"),
        ({"description": "\ud800"}, "invalid_input"),
        ({"description": None}, "invalid_input"),
        ({"user": None}, "invalid_input"),
        ({"user": AnonymousUser()}, "invalid_input"),
        ({"user": User(username="unsaved")}, "invalid_input"),
        ({"canceled": "no"}, "invalid_input"),
    ],
)
def test_bad_input_is_reported_and_writes_nothing(put, values, code):
    result = put(**values)

    assert (result["success"], result["error_code"]) == (False, code)
    assert result["error"]
    assert not Booking.objects.exists()
