"""Simulates the effects of time and lost webhooks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from payments_graphql.models import (
    Operation,
    StripeDispute,
    StripePaymentIntent,
    StripeRefund,
    StripeSetupIntent,
)
from payments_graphql.sandbox import Sandbox
from tests.faulty_stripe import FaultyStripe, faulty_stripe

ROWS = (StripeDispute, StripePaymentIntent, StripeRefund, StripeSetupIntent)


@pytest.fixture
def link(sandbox: Sandbox, settings: Any) -> Any:
    """The connection to the sandbox: it counts requests, and can be made to fail."""
    with faulty_stripe(sandbox.url) as link:
        link.also_reads = True
        settings.STRIPE_API_BASE = link.url
        yield link


@pytest.fixture
def reads(link: FaultyStripe) -> Callable[[str], list[str]]:
    """The paths of the reads that begin with `/v1/...`, in order."""

    def reads(beginning: str = "/v1/") -> list[str]:
        return [
            path
            for method, path, _ in link.received
            if method == "GET" and path.startswith(beginning)
        ]

    return reads


@pytest.fixture
def let_time_pass() -> Callable[[timedelta], None]:
    """Simulates that everything happened `age` earlier, so that reads are due sooner."""

    def let_time_pass(age: timedelta) -> None:
        for model in ROWS:
            model.objects.update(
                created_at=F("created_at") - age,
                updated_at=F("updated_at") - age,
                next_read_at=F("next_read_at") - age,
            )
        Operation.objects.update(created_at=F("created_at") - age)

    return let_time_pass


@pytest.fixture
def make_due() -> Callable[[], None]:
    def make_due() -> None:
        for model in ROWS:
            model.objects.exclude(next_read_at=None).update(next_read_at=timezone.now())

    return make_due


@pytest.fixture
def unpaid(service: Any, alice: Any, sandbox: Sandbox) -> StripePaymentIntent:
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    assert created["success"], created
    intent: StripePaymentIntent = created["payment_intent"]
    return intent


def seconds_until(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - timezone.now()).total_seconds()
