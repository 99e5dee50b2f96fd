"""A payment, and a request to refund it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from payments_graphql.models import RefundRequest, StripePaymentIntent
from tests.admin.conftest import browse_as, refund_url

type Pay = Callable[..., StripePaymentIntent]


@pytest.fixture(autouse=True)
def approval(settings):
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {"USD": "40.00"}
    return settings


@pytest.fixture
def intent(pay: Pay, alice: User) -> StripePaymentIntent:
    return pay(alice, "90.00")


@pytest.fixture
def as_sue(sue: User) -> Client:
    return browse_as(sue)


@pytest.fixture
def as_fay(fay: User) -> Client:
    return browse_as(fay)


def fill_in(client: Client, intent: StripePaymentIntent, **values: str) -> dict[str, str]:
    form = client.get(refund_url(intent)).context["form"]
    key = form.initial["idempotency_key"]
    return {"amount": "60.00", "idempotency_key": key, "confirmed": "yes", **values}


@pytest.fixture
def request_(as_sue: Client, intent: StripePaymentIntent) -> RefundRequest:
    as_sue.post(refund_url(intent), fill_in(as_sue, intent, description="Flight canceled"))
    return RefundRequest.objects.get()


def url(name: str, row: RefundRequest) -> str:
    return reverse(f"admin:payments_graphql_refundrequest_{name}", args=(row.pk,))
