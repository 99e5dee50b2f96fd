"""A mirrored row is only written over the version that was read."""

import pytest
from django.utils import timezone

from payments_graphql.mirror.rows import RowMovedError, write
from payments_graphql.models import StripeCustomer, StripePaymentIntent


@pytest.fixture
def intent(alice):
    customer = StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_1")
    return StripePaymentIntent.objects.create(
        customer=customer, stripe_payment_intent_id="pi_1", amount=500, currency="USD"
    )


def test_a_concurrent_change_is_not_overwritten(intent):
    slow = StripePaymentIntent.objects.get()
    write(intent, {"status": "succeeded"}, as_of=timezone.now())

    with pytest.raises(RowMovedError):
        write(slow, {"status": "processing"}, as_of=timezone.now())

    intent.refresh_from_db()
    assert (intent.status, intent.version) == ("succeeded", 1)


def test_an_update_without_a_change_moves_the_time_but_not_the_version(intent):
    now = timezone.now()
    write(intent, {}, as_of=now)
    intent.refresh_from_db()

    assert (intent.as_of, intent.version) == (now, 0)
