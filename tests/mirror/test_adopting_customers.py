"""A customer that others created is assigned to a user."""

import pytest
from django.db import transaction
from django.utils import timezone

from payments_graphql.mirror import NotOurs, Source, adopt_customer
from payments_graphql.models import StripeCustomer

SOURCE = Source("read", "req_1", timezone.now())


def _adopt(user, stripe_id="cus_1") -> StripeCustomer:
    with transaction.atomic():
        return adopt_customer({"id": stripe_id}, user, SOURCE)


def test_an_adopted_customer_belongs_to_the_user(alice):
    customer = _adopt(alice)

    assert StripeCustomer.objects.for_user(alice).get() == customer
    assert (customer.stripe_customer_id, customer.generation) == ("cus_1", 1)
    assert customer.as_of == SOURCE.as_of


@pytest.mark.parametrize("stripe_id", ["cus_2", None])
def test_a_user_has_one_at_a_time(alice, stripe_id):
    """Also while another customer is being created at Stripe."""
    StripeCustomer.objects.create(user=alice, stripe_customer_id=stripe_id)

    with pytest.raises(NotOurs, match="another customer"):
        _adopt(alice)
    assert StripeCustomer.objects.get().stripe_customer_id == stripe_id


def test_it_follows_deleted_generations(alice):
    StripeCustomer.objects.create(
        user=alice, stripe_customer_id="cus_0", deleted_at=timezone.now(), generation=1
    )

    assert _adopt(alice).generation == 2


def test_a_customer_of_the_other_mode_does_not_matter(alice):
    StripeCustomer.objects.create(user=alice, stripe_customer_id="cus_0", livemode=True)

    assert _adopt(alice).generation == 1


def test_a_customer_with_a_user_stays_theirs(alice, bob):
    _adopt(bob)

    with pytest.raises(NotOurs):
        _adopt(alice)
    assert StripeCustomer.objects.get().user == bob
