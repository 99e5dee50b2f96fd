"""The site deletes a user: their payments stay, and nobody inherits anything."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import F

from payments_graphql.errors import ValidationError
from payments_graphql.models import (
    Booking,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    balance,
    list_all_bookings,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services.customers import get_or_create_customer
from tests.schema.conftest import GraphQLClient
from tests.schema.rows import get_customer, make_intents


@pytest.fixture(autouse=True)
def _own_stripe(sandbox):
    """Settings that must apply before the payments are created."""


def get_paid_in_sql(booking: Booking) -> int:
    rows = balance.with_sums(list_all_bookings()).annotate(paid=F("sum_paid"))
    paid: int = rows.values_list("paid", flat=True).get(pk=booking.pk)
    return paid


def delete(*users: User) -> None:
    get_user_model().objects.filter(pk__in=[user.pk for user in users]).delete()


def test_a_booking_stays_paid(alice, booking, pay):
    intent = pay(alice, None, None, booking=booking)
    pk = alice.pk

    alice.delete()

    booking.refresh_from_db()
    intent.refresh_from_db()
    assert (booking.user, booking.former_user) == (None, str(pk))
    assert (intent.customer.user, intent.customer.former_user) == (None, str(pk))
    assert (booking.amount_paid, booking.amount_due) == (9999, 0)
    assert get_paid_in_sql(booking) == 9999


def test_several_users_are_deleted_at_once(alice, bob, booking, pay):
    pay(alice, None, None, booking=booking)
    his = Booking.objects.create(reference="ROM-1", user=bob, amount=5000, currency="USD")
    pay(bob, None, None, booking=his)

    delete(alice, bob)

    assert [get_paid_in_sql(booking), get_paid_in_sql(his)] == [9999, 5000]


def test_a_payment_of_another_deleted_user_does_not_count(alice, bob, booking, pay):
    hers = pay(alice, None, None, booking=booking)
    Booking.objects.update(user=bob)

    delete(bob)
    booking.refresh_from_db()
    assert (booking.amount_paid, get_paid_in_sql(booking)) == (0, 0)

    delete(alice)
    booking.refresh_from_db()
    assert (booking.amount_paid, get_paid_in_sql(booking)) == (0, 0)
    assert booking.list_not_counted() == [hers]


def test_two_rows_that_never_had_a_user_have_no_owner_in_common(db):
    booking = Booking.objects.create(reference="X", user=None, amount=500, currency="USD")
    customer = StripeCustomer.objects.create(user=None, stripe_customer_id="cus_1")
    StripePaymentIntent.objects.create(
        customer=customer,
        booking=booking,
        amount=500,
        amount_received=500,
        currency="USD",
        status="succeeded",
    )

    assert (booking.amount_paid, get_paid_in_sql(booking)) == (0, 0)


def test_a_booking_given_to_another_user_has_the_new_owner(alice, bob, booking, pay):
    pay(alice, None, None, booking=booking)
    delete(alice)
    Booking.objects.update(user=bob)
    booking.refresh_from_db()

    assert (booking.amount_paid, get_paid_in_sql(booking)) == (0, 0)


@pytest.mark.parametrize(
    "status", ["processing", "requires_capture", "succeeded", "canceled", "requires_action"]
)
def test_a_user_with_a_payment_in_any_state_is_deleted(alice, booking, status):
    (intent,) = make_intents(alice, booking=booking, status=status)

    alice.delete()

    intent.refresh_from_db()
    assert (intent.status, intent.customer.user) == (status, None)


def test_the_open_payment_is_canceled(service, alice, booking, dashboard):
    intent = service.create_payment_intent(user=alice, booking=booking)["payment_intent"]
    alone = service.create_payment_intent(user=alice, amount="5.00", currency="USD")
    open_intents = (intent, alone["payment_intent"])

    alice.delete()
    reconcile()

    for one in open_intents:
        stripe_id = one.stripe_payment_intent_id
        assert dashboard.v1.payment_intents.retrieve(stripe_id).status == "canceled"


def test_an_authorized_payment_is_left_to_a_person(service, alice, booking):
    held = service.create_payment_intent(user=alice, booking=booking, capture_method="manual")
    service.confirm_payment_intent(held["payment_intent"], payment_method="pm_card_visa")
    alice.delete()
    reconcile()

    intent = StripePaymentIntent.objects.get()
    assert intent.status == "requires_capture"
    assert service.capture_payment_intent(intent)["success"]
    booking.refresh_from_db()
    assert booking.amount_due == 0


def test_it_can_still_be_refunded(service, alice, booking, pay):
    intent = pay(alice, None, None, booking=booking)
    alice.delete()

    refunded = service.create_refund(StripePaymentIntent.objects.get(pk=intent.pk))

    assert refunded["success"], refunded
    assert StripeRefund.objects.get().status == "succeeded"


def test_a_new_user_with_the_same_address_gets_a_customer_of_their_own(alice, service, pay):
    pay(alice)
    old = StripeCustomer.objects.get()
    alice.delete()
    again = get_user_model().objects.create_user("alice", "alice@example.com", "travel")

    customer = get_or_create_customer(again)

    assert customer.stripe_customer_id != old.stripe_customer_id
    assert service.list_payment_methods(again) == []
    assert StripePaymentIntent.objects.for_user(again).count() == 0


def test_a_sync_does_not_assign_the_customer(alice, pay):
    pay(alice)
    alice.delete()
    again = get_user_model().objects.create_user("alice", "alice@example.com", "travel")

    call_command("payments_sync", "--match-email", verbosity=0)

    assert StripeCustomer.objects.get().user is None
    assert StripePaymentIntent.objects.for_user(again).count() == 0


def test_a_user_object_that_was_deleted_owns_nothing(alice, booking, pay, service):
    """It no longer has a primary key, like rows without a user."""
    intent = pay(alice, None, None, booking=booking)
    alice.delete()
    intent.refresh_from_db()
    assert alice.pk is None

    assert StripePaymentIntent.objects.for_user(alice).count() == 0
    assert StripePaymentMethod.objects.for_user(alice).count() == 0
    assert list_all_bookings().for_user(alice).count() == 0
    with pytest.raises(ValidationError, match="saved in the database"):
        get_or_create_customer(alice)
    assert not service.create_payment_intent(user=alice, booking=booking)["success"]
    assert StripeCustomer.objects.count() == 1


def test_cards_of_different_deleted_users_are_not_copies(alice, bob):
    methods = [
        StripePaymentMethod.objects.create(
            customer=get_customer(user), stripe_payment_method_id=f"pm_{user}", fingerprint="same"
        )
        for user in (alice, bob)
    ]
    delete(alice, bob)
    mine = StripePaymentMethod.objects.get(pk=methods[0].pk)

    assert list(StripePaymentMethod.objects.copies_of(mine)) == [mine]


def test_staff_see_the_payment_without_a_username(sam, alice, booking, pay):
    pay(alice, None, None, booking=booking)
    alice.delete()

    data = GraphQLClient(sam).ask(
        """{
          paymentIntents(scope: ALL) { edges { node { username amount booking { username } } } }
        }"""
    )

    (edge,) = data["paymentIntents"]["edges"]
    assert edge["node"] == {
        "username": None,
        "amount": "99.99",
        "booking": {"username": None},
    }
