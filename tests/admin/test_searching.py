"""People find rows by what they know about them."""

from typing import Any

import pytest
from django.test import Client

from payments_graphql.models import (
    Booking,
    Operation,
    StatusChange,
    StripeCustomer,
    StripeDispute,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
    StripeSetupIntent,
    StripeWebhookEvent,
)
from tests.admin.rows import ALL, get_name, make_payment

from .conftest import list_url


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (StripeCustomer, "cus_1"),
        (StripeCustomer, "user1"),
        (StripeCustomer, "USER1@example"),
        (StripePaymentIntent, "pi_1"),
        (StripePaymentIntent, "cus_1"),
        (StripePaymentIntent, "REF-1"),
        (StripePaymentIntent, "user1@example.com"),
        (StripePaymentMethod, "pm_1"),
        (StripePaymentMethod, "user1"),
        (StripeRefund, "re_1"),
        (StripeRefund, "pi_1"),
        (StripeRefund, "REF-1"),
        (StripeDispute, "du_1"),
        (StripeDispute, "pi_1"),
        (StripeDispute, "REF-1"),
        (StripeDispute, "user1@example.com"),
        (StripeSetupIntent, "seti_1"),
        (StripeSetupIntent, "cus_1"),
        (StripeSetupIntent, "USER1@example"),
        (Operation, "pi_1"),
        (Operation, "re_1"),
        (Operation, "du_1"),
        (Operation, "seti_1"),
        (StatusChange, "REF-1"),
        (StatusChange, "du_1"),
        (StatusChange, "seti_1"),
        (StripeWebhookEvent, "evt_1"),
        (StripeWebhookEvent, "pi_1"),
        (Booking, "REF-1"),
        (Booking, "user1@example.com"),
    ],
)
def test_a_search_finds_one_row(staff_client: Client, model: Any, term: str) -> None:
    for number in (1, 2):
        make_payment(number)
    rows = staff_client.get(list_url(get_name(model)), {"q": term}).context["cl"].result_list
    assert len(rows) == 1
    owner = getattr(rows[0], "user", None) or getattr(rows[0], "customer", None)
    assert "2" not in str(rows[0].stripe_customer_id if isinstance(rows[0], StripeCustomer) else "")
    assert owner is None or "user2" not in str(owner)


@pytest.mark.parametrize("model", ALL, ids=get_name)
@pytest.mark.parametrize(
    "term", ["nothing", "pi_", "\x00", "é" * 300, "00000000-0000-4000-8000-000000000000"]
)
def test_a_search_for_anything_is_answered(staff_client: Client, model: Any, term: str) -> None:
    assert staff_client.get(list_url(get_name(model)), {"q": term}).status_code == 200


def test_a_row_is_found_by_its_own_id(staff_client: Client) -> None:
    wanted, _ = make_payment(1), make_payment(2)
    response = staff_client.get(list_url("stripepaymentintent"), {"q": str(wanted.pk)})
    assert list(response.context["cl"].result_list) == [wanted]


def test_payments_are_filtered_by_status(staff_client: Client) -> None:
    make_payment(1)
    canceled = make_payment(2)
    StripePaymentIntent.objects.filter(pk=canceled.pk).update(status="canceled")
    response = staff_client.get(list_url("stripepaymentintent"), {"status__exact": "canceled"})
    assert list(response.context["cl"].result_list) == [canceled]


def test_disputes_are_filtered_by_status(staff_client: Client) -> None:
    open_one, lost = make_payment(1).disputes.get(), make_payment(2).disputes.get()
    StripeDispute.objects.filter(pk=lost.pk).update(status="lost")
    for status, expected in (("lost", [lost]), ("needs_response", [open_one]), ("won", [])):
        response = staff_client.get(list_url("stripedispute"), {"status__exact": status})
        assert list(response.context["cl"].result_list) == expected
