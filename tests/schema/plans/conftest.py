from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

from payments_graphql.models import Booking, StripePaymentIntent
from tests.admin.rows import make_payment


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    """Two owners with each other's rows in between, and rows that cannot be shown."""
    for number in (1, 2):
        make_payment(number)
    owner, other = User.objects.get(username="user1"), User.objects.get(username="user2")
    moved = Booking.objects.get(reference="REF-1")
    Booking.objects.filter(pk=moved.pk).update(user=other)
    first = StripePaymentIntent.objects.get(stripe_payment_intent_id="pi_1")
    second = StripePaymentIntent.objects.get(stripe_payment_intent_id="pi_2")
    odd: list[dict[str, Any]] = [
        {"status": "paused"},  # not a value of the enumeration
        {"metadata": ["not", "pairs"]},
        {"currency": "ZZZ", "description": "", "payment_method": None},
        {"payment_method": second.payment_method},
        {"booking": second.booking, "last_error": {"code": "card_declined"}},
    ]
    for number, values in enumerate(odd, start=10):
        StripePaymentIntent.objects.create(
            customer=first.customer,
            amount=700,
            stripe_payment_intent_id=f"pi_{number}",
            **{"status": "canceled", "currency": "USD", **values},
        )
    clerk = User.objects.create_user("clerk", is_staff=True)
    seen = ("view_stripepaymentintent", "view_striperefund")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=seen))
    return {
        "owner": owner,
        "other": other,
        "staff": User.objects.create_superuser("boss"),
        "clerk": clerk,
        "stranger": AnonymousUser(),
    }
