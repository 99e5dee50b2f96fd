"""What the lists show."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from payments_graphql.models import StripePaymentIntent, StripePaymentMethod, StripeRefund
from tests.admin.rows import ALL, get_name, make_payment

from .conftest import list_url, page_url


@pytest.mark.parametrize("model", ALL, ids=get_name)
def test_the_date_is_the_second_column_and_no_column_is_a_cross(
    staff_client: Client, model: Any
) -> None:
    make_payment(1)
    StripePaymentMethod.objects.update(is_attached=False)
    names = site.get_model_admin(model).list_display
    assert names[1] in ("made", "received", "occurred")
    assert "livemode" not in names
    page = staff_client.get(list_url(get_name(model))).text
    assert "<time datetime=" in page
    assert "icon-no" not in page


def test_a_payment_shows_card_failure_refund_and_purpose(staff_client: Client) -> None:
    intent = make_payment(1)
    StripePaymentIntent.objects.filter(pk=intent.pk).update(description="Two nights in Lisbon")
    page = staff_client.get(list_url("stripepaymentintent")).text
    shown = (
        "Visa •••• 4242", "10.00 USD refunded", "Two nights in Lisbon", page_url(intent.booking),
        '<span class="payments-status payments-status-good">Succeeded</span>',
    )  # fmt: skip
    for text in shown:
        assert text in page, text
    error = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "No."}
    StripePaymentIntent.objects.update(status="requires_payment_method", last_error=error)
    page = staff_client.get(list_url("stripepaymentintent")).text
    assert '<span class="payments-note">Insufficient funds</span>' in page


def test_a_refund_shows_why_it_failed(staff_client: Client) -> None:
    make_payment(1)
    StripeRefund.objects.update(status="failed", failure_reason="expired_or_canceled_card")
    page = staff_client.get(list_url("striperefund")).text
    assert "Expired or canceled card" in page


def test_each_cell_says_its_column_for_narrow_screens(staff_client: Client) -> None:
    make_payment(1)
    page = staff_client.get(list_url("stripepaymentintent")).text
    for label in ("Stripe id", "Date", "Status", "Amount", "Paid with", "User", "For"):
        assert f'data-label="{label}"' in page, label


def test_test_mode_is_shown_on_every_page(staff_client: Client, settings: Any) -> None:
    intent = make_payment(1)
    erase = reverse("admin:payments_graphql_stripecustomer_erase", args=(intent.customer.pk,))
    pages = [
        list_url("stripepaymentintent"), list_url("booking"), page_url(intent),
        page_url(intent.booking), page_url(intent.disputes.get()), erase,
        reverse("admin:payments_graphql_finding"),
        reverse("admin:payments_graphql_dashboard_changelist"),
        reverse("admin:app_list", args=("payments_graphql",)), reverse("admin:index"),
    ]  # fmt: skip
    for url in pages:
        assert "Test mode: no real money." in staff_client.get(url).text, url
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    for url in pages:
        assert "Test mode: no real money." not in staff_client.get(url).text, url
    assert "This object is from test mode." in staff_client.get(page_url(intent)).text
    assert "This object is" not in staff_client.get(list_url("stripepaymentintent")).text


def test_dates_include_both_days(staff_client: Client) -> None:
    intent = make_payment(1)
    day = f"{intent.created_at:%Y-%m-%d}"

    def count(query: dict[str, str]) -> int:
        response = staff_client.get(list_url("stripepaymentintent"), query)
        return len(response.context["cl"].result_list)

    assert count({"created_at_from": day, "created_at_to": day}) == 1
    assert count({"created_at_from": day}) == count({"created_at_to": day}) == 1
    assert count({"created_at_from": "2999-01-01"}) == count({"created_at_to": "2001-01-01"}) == 0
    page = staff_client.get(list_url("stripepaymentintent"), {"created_at_to": day, "q": "pi_1"})
    assert f'name="created_at_to" value="{day}"' in page.text
    assert '<input type="hidden" name="q" value="pi_1">' in page.text


def test_the_site_has_its_own_name(staff_client: Client) -> None:
    page = staff_client.get(reverse("admin:index")).text
    assert "Travel" in page
    assert "Django administration" not in page
