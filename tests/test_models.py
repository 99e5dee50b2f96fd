"""What the database itself guarantees, and what the models compute."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from payments_graphql.models import (
    Booking,
    Operation,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)


@pytest.fixture
def customer(alice):
    return StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")


@pytest.fixture
def intent(customer):
    return StripePaymentIntent.objects.create(
        customer=customer, amount=9999, currency="USD", amount_received=9999, status="succeeded"
    )


def _refused(create) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create()


def test_a_user_has_one_customer_at_a_time(alice, customer):
    _refused(lambda: StripeCustomer.objects.create(user=alice, generation=2))

    customer.deleted_at = customer.created_at
    customer.save()
    assert StripeCustomer.objects.create(user=alice, generation=2)


def test_a_user_may_have_one_in_each_mode(alice, customer):
    assert StripeCustomer.objects.create(user=alice, livemode=True)


@pytest.mark.parametrize("status", ["requires_payment_method", "processing", "unknown"])
def test_a_booking_has_one_open_payment(customer, booking, status):
    def create():
        return StripePaymentIntent.objects.create(
            customer=customer, booking=booking, amount=1, currency="USD", status=status
        )

    first = create()
    _refused(create)

    first.status = "canceled"
    first.save()
    assert create()


def test_a_payment_without_a_booking_has_one_retry(customer, booking, intent):
    def create(**values):
        return StripePaymentIntent.objects.create(
            customer=customer, amount=1, currency="USD", retry_of=intent, **values
        )

    create()
    _refused(create)
    assert create(booking=booking)


@pytest.mark.parametrize("model", list(apps.get_app_config("payments_graphql").get_models()))
def test_a_relation_has_an_index_and_no_second_one(model):
    others = [one for one in (*model._meta.indexes, *model._meta.constraints) if one.fields]
    begun = {one.fields[0] for one in others}
    begun_for_all = {one.fields[0] for one in others if one.condition is None}

    for field in model._meta.concrete_fields:
        if field.is_relation and not field.unique:
            assert field.db_index or field.name in begun, field
            assert not (field.db_index and field.name in begun_for_all), field


def test_an_actor_uses_a_key_once(db):
    def create(actor: str):
        return Operation.objects.create(actor=actor, key="key-1", kind="create_refund")

    create("user:1")
    create("user:2")
    _refused(lambda: create("user:1"))


@pytest.mark.parametrize("state", ["pending", "calling", "unknown", "needs_review"])
def test_a_payment_has_one_unsettled_move(intent, state):
    def create(key: str, kind: str, state: str = state):
        return Operation.objects.create(
            actor="user:1", key=key, kind=kind, state=state, payment_intent=intent
        )

    create("1", "capture_payment_intent", "succeeded")
    create("2", "capture_payment_intent")
    create("3", "create_refund")
    create("4", "create_refund")
    _refused(lambda: create("5", "cancel_payment_intent"))


@pytest.mark.parametrize(
    ("status", "refunded", "refundable"),
    [
        ("pending", 4000, 5999),
        ("requires_action", 4000, 5999),
        ("succeeded", 4000, 5999),
        ("unknown", 4000, 5999),
        ("failed", 0, 9999),
        ("canceled", 0, 9999),
    ],
)
@pytest.mark.parametrize("is_prefetched", [False, True])
def test_which_refunds_count(
    intent, django_assert_num_queries, status, refunded, refundable, is_prefetched
):
    StripeRefund.objects.create(
        payment_intent=intent, amount=4000, currency="USD", status=status, stripe_refund_id="re_1"
    )
    if is_prefetched:
        intent = StripePaymentIntent.objects.prefetch_related("refunds", "disputes").get()

    with django_assert_num_queries(0 if is_prefetched else 3):
        assert (intent.amount_refunded, intent.amount_refundable) == (refunded, refundable)


def test_a_reservation_is_not_refunded_yet(intent):
    StripeRefund.objects.create(payment_intent=intent, amount=4000, currency="USD")

    assert (intent.amount_refunded, intent.amount_refundable) == (0, 5999)


def test_what_a_booking_was_paid(booking, intent):
    StripePaymentIntent.objects.update(booking=booking)
    for number, status in enumerate(("succeeded", "pending", "failed", "succeeded")):
        StripeRefund.objects.create(
            payment_intent=intent,
            amount=1000,
            currency="USD",
            status=status,
            stripe_refund_id=f"re_{number}",
        )

    assert (booking.amount_paid, booking.amount_due) == (7999, 2000)
    booking.canceled_at = booking.created_at
    assert booking.amount_due == 0


def test_a_booking_paid_too_much_owes_nothing(booking, intent):
    StripePaymentIntent.objects.update(booking=booking, amount_received=20000)

    assert (booking.amount_paid, booking.amount_due) == (20000, 0)


def test_two_payments_with_refunds_are_not_counted_twice(booking, customer):
    for number in range(2):
        intent = StripePaymentIntent.objects.create(
            customer=customer,
            booking=booking,
            amount=3000,
            amount_received=3000,
            currency="USD",
            status="succeeded",
        )
        for part in range(2):
            StripeRefund.objects.create(
                payment_intent=intent,
                amount=500,
                currency="USD",
                status="succeeded",
                stripe_refund_id=f"re_{number}{part}",
            )

    assert booking.amount_paid == 4000


@pytest.mark.parametrize(
    ("year", "month", "is_expired"),
    [(2026, 4, True), (2026, 5, False), (2026, 6, False), (2025, 12, True), (None, None, False)],
)
def test_a_card_is_good_until_the_end_of_its_month(time_machine, year, month, is_expired):
    time_machine.move_to(datetime.datetime(2026, 5, 31, 23, 0, tzinfo=datetime.UTC), tick=False)

    assert StripePaymentMethod(exp_year=year, exp_month=month).is_expired is is_expired


def test_bookings_are_their_users(alice, bob, booking):
    from django.contrib.auth.models import AnonymousUser

    assert list(Booking.objects.for_user(alice)) == [booking]
    assert not Booking.objects.for_user(bob).exists()
    assert not Booking.objects.for_user(AnonymousUser()).exists()
