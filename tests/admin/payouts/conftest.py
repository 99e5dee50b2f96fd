"""Who may see payouts, and a payout to see."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Booking, StripePaymentIntent
from payments_graphql.sandbox import Sandbox
from payments_graphql.services import StripeService
from tests.admin.conftest import browse_as
from tests.faulty_stripe import FaultyStripe, faulty_stripe

URL = "/admin/payments_graphql/payouts/"
AT_ONCE = "pm_card_bypassPending"

type Pay = Callable[..., StripePaymentIntent]


def make_url(kind: str = "csv") -> str:
    return reverse("admin:payments_graphql_payouts_export", args=(kind,))


@pytest.fixture
def eva(db: None) -> User:
    return User.objects.create_user("eva")


@pytest.fixture
def as_eva(eva: User) -> Client:
    return browse_as(eva, "view_stripepaymentintent", "export_payments")


@pytest.fixture
def link(sandbox: Sandbox, settings: Any) -> Iterator[FaultyStripe]:
    with faulty_stripe(sandbox.url) as link:
        settings.STRIPE_API_BASE = link.url
        link.also_reads = True
        yield link


@pytest.fixture
def paid_out(
    pay: Pay, alice: User, booking: Booking, service: StripeService, sandbox: Sandbox,
    events: Any, deliver: Any,
) -> StripePaymentIntent:  # fmt: skip
    """A payment with a refund, and one with a dispute, in one automatic payout."""
    first = pay(alice, None, None, booking=booking, method=AT_ONCE)
    assert service.create_refund(first, amount=10)["success"]
    other = pay(alice, "50.00", method=AT_ONCE, description="for bob@example.com")
    sandbox.act(str(other.stripe_payment_intent_id), "dispute")
    deliver(*events("charge.dispute.created", "charge.dispute.funds_withdrawn"))
    pay(alice, "500.00", method=AT_ONCE)
    sandbox.trigger("payout.paid")
    return first
