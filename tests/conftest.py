"""The cast, and the sandbox that the test settings started."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import StripeService


@pytest.fixture
def sandbox() -> Sandbox:
    """The local Stripe of this test process."""
    return settings.SANDBOX


def _make_user(username: str, **values: Any) -> User:
    return get_user_model().objects.create_user(
        username=username, email=f"{username}@example.com", password="travel", **values
    )


@pytest.fixture
def alice(db: None) -> User:
    """She pays."""
    return _make_user("alice", first_name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    """Another customer."""
    return _make_user("bob", first_name="Bob")


@pytest.fixture
def sam(db: None) -> User:
    """Staff, who may capture, cancel and refund anybody's payment."""
    user = _make_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="payments_graphql"))
    return user


@pytest.fixture
def booking(alice: User) -> Booking:
    return Booking.objects.create(
        reference="LIS-1", user=alice, description="Lisbon", amount=9999, currency="USD"
    )


@pytest.fixture
def service() -> StripeService:
    return StripeService()


@pytest.fixture
def pay(service: StripeService) -> Callable[..., StripePaymentIntent]:
    """A payment that has succeeded: `pay(alice, "99.99", booking=...)`."""

    def pay(
        user: User,
        amount: str | None = "99.99",
        currency: str | None = "USD",
        *,
        method: str = "pm_card_visa",
        **values: Any,
    ) -> StripePaymentIntent:
        created = service.create_payment_intent(
            user=user, amount=amount, currency=currency, **values
        )
        assert created["success"], created
        confirmed = service.confirm_payment_intent(created["payment_intent"], payment_method=method)
        assert confirmed["success"], confirmed
        return confirmed["payment_intent"]

    return pay
