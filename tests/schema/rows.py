"""Rows as the mirror writes them, many at a time and without Stripe."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
)

LONG_AGO = datetime(2034, 5, 1, tzinfo=UTC)
_numbers = itertools.count()


def get_customer(user: User) -> StripeCustomer:
    return StripeCustomer.objects.get_or_create(
        user=user, defaults={"stripe_customer_id": f"cus_{user.username}"}
    )[0]


def make_intents(user: User, count: int = 1, **values: Any) -> list[StripePaymentIntent]:
    """The first is the oldest: of `LONG_AGO`, each following one a minute younger."""
    customer = get_customer(user)
    given = {"amount": 1000, "currency": "USD", **values}
    rows = StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=customer, stripe_payment_intent_id=f"pi_{next(_numbers)}", **given
        )
        for _ in range(count)
    )
    for minute, row in enumerate(rows):
        row.created_at = LONG_AGO + timedelta(minutes=minute)
    StripePaymentIntent.objects.bulk_update(rows, ["created_at"])
    return rows


def make_refunds(intent: StripePaymentIntent, count: int = 1, **values: Any) -> list[StripeRefund]:
    given = {"amount": 1, "currency": intent.currency, "status": "succeeded", **values}
    return StripeRefund.objects.bulk_create(
        StripeRefund(payment_intent=intent, stripe_refund_id=f"re_{next(_numbers)}", **given)
        for _ in range(count)
    )


def make_disputes(
    intent: StripePaymentIntent, count: int = 1, **values: Any
) -> list[StripeDispute]:
    given = {"amount": 1, "currency": intent.currency, "status": "won", **values}
    return StripeDispute.objects.bulk_create(
        StripeDispute(payment_intent=intent, stripe_dispute_id=f"du_{next(_numbers)}", **given)
        for _ in range(count)
    )


def make_methods(user: User, count: int = 1) -> list[StripePaymentMethod]:
    """Saved, and each of another card."""
    return StripePaymentMethod.objects.bulk_create(
        StripePaymentMethod(
            customer=get_customer(user),
            stripe_payment_method_id=f"pm_{next(_numbers)}",
            brand="visa",
            last4="4242",
            is_attached=True,
        )
        for _ in range(count)
    )


def make_changes(count: int = 1, **rows: Any) -> list[StatusChange]:
    """`rows` are what changed: `payment_intent=...`, with `refund=...`."""
    given = {"to_status": "succeeded", "cause_kind": "event", "cause_id": "evt_1", **rows}
    return StatusChange.objects.bulk_create(
        StatusChange(occurred_at=timezone.now(), signaled_at=timezone.now(), **given)
        for _ in range(count)
    )


def make_everything(user: User, count: int) -> None:
    """`count` of all that a list can hold, at the first level and below it."""
    methods = make_methods(user, count)
    bookings = Booking.objects.bulk_create(
        Booking(reference=f"B{next(_numbers)}", user=user, amount=5000, currency="USD")
        for _ in range(count)
    )
    intents = make_intents(user, 2 * count, status="succeeded", amount_received=1000)
    for number, intent in enumerate(intents):
        intent.payment_method = methods[number % count]
        # The first booking has as many payments as there are bookings.
        intent.booking = bookings[0 if number < count else number - count]
    StripePaymentIntent.objects.bulk_update(intents, ["payment_method", "booking"])
    for intent in (*intents[:1] * (count - 1), *intents):
        [refund], [dispute] = make_refunds(intent), make_disputes(intent)
        make_changes(payment_intent=intent, refund=refund)
        make_changes(payment_intent=intent, dispute=dispute)
        make_changes(payment_intent=intent)
    setup = StripeSetupIntent.objects.create(
        customer=get_customer(user),
        stripe_setup_intent_id=f"seti_{next(_numbers)}",
        payment_method=methods[0],
    )
    make_changes(count, setup_intent=setup)
