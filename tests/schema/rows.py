"""Creates rows like the mirror does, many at a time and without Stripe."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from payments_graphql.models import (
    Booking,
    RefundRequest,
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
    """The first is the oldest, from `LONG_AGO`; each following one is a minute younger."""
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
    return StripeRefund.objects.bulk_create(_new_refund(intent, **values) for _ in range(count))


def _new_refund(intent: StripePaymentIntent, **values: Any) -> StripeRefund:
    given = {"amount": 1, "currency": intent.currency, "status": "succeeded", **values}
    return StripeRefund(payment_intent=intent, stripe_refund_id=f"re_{next(_numbers)}", **given)


def make_disputes(
    intent: StripePaymentIntent, count: int = 1, **values: Any
) -> list[StripeDispute]:
    return StripeDispute.objects.bulk_create(_new_dispute(intent, **values) for _ in range(count))


def _new_dispute(intent: StripePaymentIntent, **values: Any) -> StripeDispute:
    given = {"amount": 1, "currency": intent.currency, "status": "won", **values}
    is_back = given["status"] == "won" or given["status"].startswith("warning_")
    given.setdefault("amount_withdrawn", 0 if is_back else given["amount"])
    return StripeDispute(payment_intent=intent, stripe_dispute_id=f"du_{next(_numbers)}", **given)


def make_requests(
    intent: StripePaymentIntent, user: User, count: int = 1, **values: Any
) -> list[RefundRequest]:
    """Refunds of the payment for which `user` asked approval."""
    return RefundRequest.objects.bulk_create(
        _new_request(intent, user, **values) for _ in range(count)
    )


def _new_request(intent: StripePaymentIntent, user: User, **values: Any) -> RefundRequest:
    given = {"amount": 1, "currency": intent.currency, **values}
    key = f"key {next(_numbers)}"
    return RefundRequest(
        payment_intent=intent, user=user, actor=f"user:{user.pk}", key=key, **given
    )


def make_methods(user: User, count: int = 1) -> list[StripePaymentMethod]:
    """Saved methods, each of another card."""
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
    """`rows` are the changed rows: `payment_intent=...`, with `refund=...`."""
    return StatusChange.objects.bulk_create(_new_change(**rows) for _ in range(count))


def _new_change(**rows: Any) -> StatusChange:
    given = {"to_status": "succeeded", "cause_kind": "event", "cause_id": "evt_1", **rows}
    now = timezone.now()
    return StatusChange(occurred_at=now, signaled_at=now, **given)


def make_everything(user: User, count: int) -> None:
    """`count` rows of everything that a list can contain, at the first level and below it."""
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
    # The first payment has as many refunds and disputes as its booking has payments.
    paid = [*intents[:1] * (count - 1), *intents]
    refunds = StripeRefund.objects.bulk_create(map(_new_refund, paid))
    disputes = StripeDispute.objects.bulk_create(map(_new_dispute, paid))
    RefundRequest.objects.bulk_create(
        _new_request(intent, user, refund=refund, state="approved")
        for intent, refund in zip(paid, refunds, strict=True)
    )
    StatusChange.objects.bulk_create(
        _new_change(payment_intent=intent, **of)
        for intent, refund, dispute in zip(paid, refunds, disputes, strict=True)
        for of in ({"refund": refund}, {"dispute": dispute}, {})
    )
    setup = StripeSetupIntent.objects.create(
        customer=get_customer(user),
        stripe_setup_intent_id=f"seti_{next(_numbers)}",
        payment_method=methods[0],
    )
    make_changes(count, setup_intent=setup)
