"""A payment, and how its page is read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import (
    Booking,
    StripePaymentIntent,
)
from tests.admin.conftest import page_url

type Pay = Callable[..., StripePaymentIntent]


def read(client: Client, intent: StripePaymentIntent, query: str = "") -> Any:
    response = client.get(page_url(intent) + query)
    assert response.status_code == 200
    return response


def list_titles(page: Any) -> list[str]:
    return [entry.title for entry in page.context["timeline"].entries]


@pytest.fixture
def paid(pay: Pay, alice: User, booking: Booking) -> StripePaymentIntent:
    return pay(alice, None, None, booking=booking)
