"""The list of requests."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from payments_graphql.models import RefundRequest, StripePaymentIntent
from tests.admin.conftest import list_url, page_url, refund_url

from .conftest import fill_in, url

pytestmark = pytest.mark.any_database


def list_states(client: Client, query: str) -> list[str]:
    page = client.get(f"{list_url('refundrequest')}{query}")
    assert page.status_code == 200
    return [row.state for row in page.context["cl"].result_list]


def test_the_list_shows_what_waits_first(
    as_fay: Client, request_: RefundRequest, as_sue: Client, intent: StripePaymentIntent
) -> None:
    as_sue.post(refund_url(intent), fill_in(as_sue, intent, amount="1.00", request_approval="on"))
    other = RefundRequest.objects.exclude(pk=request_.pk).get()
    as_fay.post(url("reject", other), {"note": "No."})

    assert list_states(as_fay, "") == ["waiting"]
    assert list_states(as_fay, "?state=all") == ["rejected", "waiting"]
    assert list_states(as_fay, "?state=rejected") == ["rejected"]
    assert list_states(as_fay, f"?q={intent.stripe_payment_intent_id}") == ["waiting"]
    assert list_states(as_fay, "?q=alice&state=all") == ["rejected", "waiting"]
    assert list_states(as_fay, f"?q={request_.pk}") == ["waiting"]
    assert list_states(as_fay, "?q=nobody") == []
    assert list_states(as_fay, "?mode=others") == []

    RefundRequest.objects.update(expires_at=timezone.now())
    assert list_states(as_fay, "") == []
    text = as_fay.get(f"{list_url('refundrequest')}?state=all").text
    assert len(re.findall(r"payments-status-idle", text)) == 2


def test_the_list_costs_few_statements(
    as_fay: Client, request_: RefundRequest, django_assert_max_num_queries
) -> None:
    RefundRequest.objects.bulk_create(
        RefundRequest(
            payment_intent=request_.payment_intent, amount=1, currency="USD", key=f"k{number}",
            actor=request_.actor, user=request_.user,
        )
        for number in range(20)
    )  # fmt: skip
    with django_assert_max_num_queries(19):
        as_fay.get(list_url("refundrequest"))
    with django_assert_max_num_queries(19):
        as_fay.get(page_url(request_))
