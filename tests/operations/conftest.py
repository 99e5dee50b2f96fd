from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from payments_graphql.models import Operation
from payments_graphql.sandbox import Sandbox
from tests.faulty_stripe import FaultyStripe, faulty_stripe


@pytest.fixture
def stripe_link(
    sandbox: Sandbox, settings: Any, service: Any, alice: Any
) -> Iterator[FaultyStripe]:
    """The connection to the sandbox, which can be made to fail. Alice is a customer already."""
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    assert service.get_or_create_customer(alice)["success"]
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        yield link


@pytest.fixture
def make_due() -> Any:
    """Simulates time passing: every open operation may be resumed. `age` also moves its creation
    back."""

    def make_due(age: timedelta = timedelta()) -> None:
        now = timezone.now()
        for operation in Operation.objects.all():
            Operation.objects.filter(pk=operation.pk).update(created_at=operation.created_at - age)
        Operation.objects.filter(state__in=("pending", "unknown")).update(next_attempt_at=now)
        Operation.objects.filter(state="calling").update(lease_expires_at=now, next_attempt_at=now)

    return make_due
