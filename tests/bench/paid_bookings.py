"""Many paid bookings, inserted in a moment."""

from tests.bench.database import ACCOUNT
from tests.bench.generating import generate


def insert_paid_bookings(count: int, *, users: int = 1000, refund_every: int = 10) -> None:
    """A payment and an event per booking, each by one of `users` with their saved card."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from payments_graphql.models import (
        Booking,
        StripeCustomer,
        StripePaymentIntent,
        StripePaymentMethod,
        StripeRefund,
        StripeWebhookEvent,
    )
    from payments_graphql.stripe_client import API_VERSION

    people = User.objects.bulk_create(User(username=f"customer-{one}") for one in range(users))
    StripeCustomer.objects.bulk_create(
        StripeCustomer(user=user, stripe_customer_id=f"cus_{user.pk}", as_of=timezone.now())
        for user in people
    )
    StripePaymentMethod.objects.bulk_create(
        StripePaymentMethod(
            customer=customer,
            stripe_payment_method_id=f"pm_{customer.pk}",
            type="card",
            brand="visa",
            last4="4242",
            is_attached=True,
        )
        for customer in StripeCustomer.objects.all()
    )
    owners = (
        "(SELECT array_agg(customer_id ORDER BY customer_id) AS pks, "
        "array_agg(user_id ORDER BY customer_id) AS users, "
        "array_agg(method.id ORDER BY customer_id) AS methods "
        "FROM payments_graphql_stripecustomer AS customer "
        "JOIN payments_graphql_stripepaymentmethod AS method "
        "ON customer_id = customer.id) AS owners"
    )
    generate(
        Booking,
        {
            "id": "md5('booking' || n)::uuid",
            "reference": "'B' || lpad(n::text, 9, '0')",
            "user_id": f"owners.users[1 + n % {users}]",
            "amount": "2000",
            "currency": "'USD'",
            "created_at": "now() - n * interval '90 seconds'",
        },
        count,
        beside=owners,
    )
    generate(
        StripePaymentIntent,
        {
            **_mirrored("payment"),
            "customer_id": f"owners.pks[1 + n % {users}]",
            "booking_id": "md5('booking' || n)::uuid",
            "payment_method_id": f"owners.methods[1 + n % {users}]",
            "stripe_payment_intent_id": "'pi_' || n",
            "status": "'succeeded'",
            "amount": "2000",
            "amount_received": "2000",
            "amount_capturable": "0",
            "capture_method": "'automatic'",
            "metadata": "'{}'::jsonb",
        },
        count,
        beside=owners,
    )
    generate(
        StripeRefund,
        {
            **_mirrored("refund"),
            "payment_intent_id": f"md5('payment' || n * {refund_every})::uuid",
            "stripe_refund_id": "'re_' || n",
            "status": "'succeeded'",
            "amount": "500",
            "amount_due_reduction": "500",
        },
        count // refund_every,
    )
    generate(
        StripeWebhookEvent,
        {
            "id": "md5('event' || n)::uuid",
            "event_id": "'evt_' || n",
            "type": "'payment_intent.succeeded'",
            "state": "'processed'",
            "source": "'webhook'",
            "account": f"'{ACCOUNT}'",
            "livemode": "false",
            "api_version": f"'{API_VERSION}'",
            "attempts": "1",
            "stripe_created": "now() - n * interval '30 seconds'",
            "received_at": "now() - n * interval '30 seconds'",
        },
        count,
    )


def _mirrored(name: str) -> dict[str, str]:
    made = "now() - n * interval '90 seconds'"
    return {
        "id": f"md5('{name}' || n)::uuid",
        "livemode": "false",
        "account": f"'{ACCOUNT}'",
        "version": "3",
        "currency": "'USD'",
        "as_of": made,
        "created_at": made,
        "updated_at": made,
    }
