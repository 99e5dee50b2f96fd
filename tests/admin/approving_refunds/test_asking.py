"""The page of a refund that a second person must approve."""

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.test import Client

from payments_graphql.models import RefundRequest, StripePaymentIntent, StripeRefund
from tests.admin.conftest import page_url, refund_url

from .conftest import fill_in, url

pytestmark = pytest.mark.any_database


def test_the_refund_page_says_before_when_a_second_person_is_needed(
    as_sue: Client, intent: StripePaymentIntent
) -> None:
    page = as_sue.get(refund_url(intent)).text
    assert "A second person must approve more than 40.00 USD of a payment." in page
    assert "Ask a second person to approve this refund." in page


def test_and_how_much_the_limit_leaves(
    as_sue: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "30.00/week"}}
    response = as_sue.get(refund_url(intent))
    assert (
        "You can refund 30.00 USD without approval. Your limit is 30.00 USD a week."
        in response.text
    )
    assert str(response.context["form"]["amount"].value()) == "30.00"


def test_without_rules_nothing_is_said(
    staff_client: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_APPROVAL_ABOVE = {}
    response = staff_client.get(refund_url(intent))
    assert "second person" not in response.text
    assert "request_approval" not in response.context["form"].fields


def test_support_refunds_within_the_limit_is_told_and_asks(
    as_sue: Client, as_fay: Client, intent: StripePaymentIntent, settings
) -> None:
    settings.PAYMENTS_REFUND_LIMITS = {"Support": {"USD": "30.00/day"}}
    within = as_sue.post(refund_url(intent), fill_in(as_sue, intent, amount="25.00"), follow=True)
    assert "The status of the refund of 25.00 USD is now" in within.text

    values = fill_in(as_sue, intent, amount="10.00")
    form = as_sue.post(refund_url(intent), values).context["form"]
    (error,) = form.errors["amount"]
    assert error == (
        "You can refund at most 5.00 USD now. Your limit is 30.00 USD a day. Refund less, or ask "
        "for approval."
    )
    asked = as_sue.post(refund_url(intent), {**values, "request_approval": "on"}, follow=True)
    assert "A second person must approve this refund of 10.00 USD." in asked.text

    row = RefundRequest.objects.get()
    approved = as_fay.post(url("approve", row), {"is_sure": "on"}, follow=True)
    assert "The status of the refund of 10.00 USD is now" in approved.text
    assert sorted(StripeRefund.objects.values_list("amount", flat=True)) == [1000, 2500]


def test_a_large_refund_is_recorded_and_shown_on_the_payment(
    as_sue: Client, intent: StripePaymentIntent, dashboard: stripe.StripeClient
) -> None:
    values = fill_in(as_sue, intent)
    response = as_sue.post(refund_url(intent), values, follow=True)
    assert response.redirect_chain == [(page_url(intent), 302)]
    assert "A second person must approve this refund of 60.00 USD." in response.text
    row = RefundRequest.objects.get()
    assert page_url(row) in response.text
    assert LogEntry.objects.get().object_id == str(intent.pk)
    assert dashboard.v1.refunds.list().data == []

    as_sue.post(refund_url(intent), values)
    assert RefundRequest.objects.count() == 1, "a double click"
