"""A person who knows the customer lifts a block for suspected card testing."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import F
from django.utils import timezone

from payments_graphql.errors import InvalidStateError, PermissionDeniedError, RateLimitedError
from payments_graphql.models import StatusChange, StripeCustomer
from payments_graphql.policy import Policy
from payments_graphql.services import StripeService
from payments_graphql.services.card_testing import (
    get_blocked_until,
    lift_block,
    refuse_blocked,
)

DECLINED = "pm_card_visa_chargeDeclined"


class NotTheirOwn(Policy):
    def may_lift_block(self, person: Any, customer: StripeCustomer) -> bool:
        return super().may_lift_block(person, customer) and customer.user != person


@pytest.fixture
def fail(settings: Any, service: StripeService, alice: User, sandbox: Any) -> Any:
    settings.PAYMENTS_FAILURES_PER_INTENT = 2

    def fail() -> StripeCustomer:
        created = service.create_payment_intent(user=alice, amount=10, currency="USD")
        for _ in range(2):
            service.confirm_payment_intent(created["payment_intent"], payment_method=DECLINED)
        return StripeCustomer.objects.get(user=alice)

    return fail


@pytest.fixture
def lifter(db: None) -> User:
    user = User.objects.create_user("lia", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="lift_block"))
    return user


def test_the_customer_can_pay_again_at_once(fail: Any, alice: User, lifter: User) -> None:
    customer = fail()
    assert get_blocked_until(customer) > timezone.now()
    with pytest.raises(RateLimitedError):
        refuse_blocked(alice)

    lift_block(customer=customer, user=lifter)

    refuse_blocked(alice)
    assert get_blocked_until(customer) is None
    assert customer.unblocked_at is not None


def test_new_failures_block_again(fail: Any, alice: User, lifter: User) -> None:
    lift_block(customer=fail(), user=lifter)
    a_minute = timedelta(minutes=1)  # Stripe's times are whole seconds
    StatusChange.objects.update(occurred_at=F("occurred_at") - a_minute)
    StripeCustomer.objects.update(unblocked_at=F("unblocked_at") - a_minute / 2)
    customer = fail()
    with pytest.raises(RateLimitedError):
        refuse_blocked(alice)
    assert get_blocked_until(customer) is not None


def test_it_needs_the_permission(fail: Any, sam: User, bob: User) -> None:
    customer = fail()
    sam.user_permissions.remove(Permission.objects.get(codename="lift_block"))
    for user in (User.objects.get(pk=sam.pk), bob):
        with pytest.raises(PermissionDeniedError, match="not allowed to lift"):
            lift_block(customer=customer, user=user)
    assert get_blocked_until(customer) is not None


def test_the_sites_policy_decides_about_the_customer(
    fail: Any, alice: User, lifter: User, settings: Any
) -> None:
    settings.PAYMENTS_POLICY = f"{__name__}.NotTheirOwn"
    customer = fail()
    alice.user_permissions.set(lifter.user_permissions.all())
    with pytest.raises(PermissionDeniedError):
        lift_block(customer=customer, user=alice)

    lift_block(customer=customer, user=lifter)
    refuse_blocked(alice)


def test_a_customer_who_is_not_blocked_is_left_alone(
    service: StripeService, alice: User, lifter: User, sandbox: Any
) -> None:
    service.create_payment_intent(user=alice, amount=10, currency="USD")
    customer = StripeCustomer.objects.get(user=alice)
    with pytest.raises(InvalidStateError, match="not blocked"):
        lift_block(customer=customer, user=lifter)
    customer.refresh_from_db()
    assert customer.unblocked_at is None


def test_a_block_that_is_over_is_not_lifted(fail: Any) -> None:
    customer = fail()
    StatusChange.objects.update(occurred_at=F("occurred_at") - timedelta(hours=2))
    assert get_blocked_until(customer) is None
    with pytest.raises(InvalidStateError, match="not blocked"):
        lift_block(customer=customer)


def test_the_sites_own_code_may_lift_it(fail: Any, alice: User) -> None:
    lift_block(customer=fail())
    refuse_blocked(alice)
