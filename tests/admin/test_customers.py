"""The page of a customer: totals, refunds, disputes, the block, and the way to the user."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments_graphql.models import (
    StripeCustomer,
    StripePaymentIntent,
    StripeRefund,
    customer_sums,
    sum_newest_payments,
)
from payments_graphql.services import StripeService
from payments_graphql.services.card_testing import get_blocked_until
from tests.admin.rows import make_payment

from .conftest import list_url, page_url

DECLINED = "pm_card_visa_chargeDeclined"


def add_payment(customer: StripeCustomer, number: int, **values: Any) -> StripePaymentIntent:
    values = {"amount": 3000, "amount_received": 3000, "currency": "EUR", **values}
    return StripePaymentIntent.objects.create(
        customer=customer,
        status="succeeded",
        stripe_payment_intent_id=f"pi_more_{number}",
        **values,
    )


def test_the_totals_are_by_currency(staff_client: Client) -> None:
    customer = make_payment(1).customer  # 50.00, of which 10.00 refunded and 25.00 disputed
    refunded = add_payment(customer, 1)
    add_payment(customer, 2, amount=500, amount_received=500)
    StripeRefund.objects.create(
        payment_intent=refunded, amount=1000, currency="EUR", status="succeeded"
    )
    sums = {one.currency: one for one in sum_newest_payments(customer)}
    eur, usd = sums["EUR"], sums["USD"]
    assert (eur.payments, eur.received, eur.refunded, eur.kept, eur.at_risk) == (
        2, 3500, 1000, 2500, 0,
    )  # fmt: skip
    assert (usd.payments, usd.received, usd.refunded, usd.kept, usd.at_risk) == (
        1, 5000, 1000, 4000, 2500,
    )  # fmt: skip
    page = staff_client.get(page_url(customer)).text
    for amount in ("35.00 EUR", "10.00 EUR", "25.00 EUR", "50.00 USD", "40.00 USD", "25.00 USD"):
        assert f"<td>{amount}</td>" in page, amount
    assert "are added up" not in page


def test_a_customer_with_many_payments_is_summed_up_to_a_limit(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_payment(1).customer
    for number in range(3):
        add_payment(customer, number)
    monkeypatch.setattr(customer_sums, "MOST_SUMMED", 3)
    monkeypatch.setattr("payments_graphql.admin.customer_page.MOST_SUMMED", 3)
    page = staff_client.get(page_url(customer)).text
    assert "90.00 EUR" in page
    assert "Only the newest 3 payments are added up." in page


def test_the_page_shows_refunds_disputes_and_methods(staff_client: Client) -> None:
    intent = make_payment(1)
    with CaptureQueriesContext(connection) as queries:
        page = staff_client.get(page_url(intent.customer)).text
    assert len(queries) <= 15
    for row in (intent.refunds.get(), intent.disputes.get(), intent.payment_method, intent):
        assert page_url(row) in page
    assert reverse("admin:auth_user_change", args=(intent.customer.user_id,)) in page


def test_a_user_leads_to_the_customer_and_to_all_payments(staff_client: Client, sam: User) -> None:
    intent = make_payment(1)
    sam.user_permissions.add(Permission.objects.get(codename="view_user"))
    page = staff_client.get(reverse("admin:auth_user_change", args=(intent.customer.user_id,)))
    assert page_url(intent.customer) in page.text
    listed = f"{list_url('stripepaymentintent')}?customer__id__exact={intent.customer.pk}"
    assert listed in page.text
    own = staff_client.get(reverse("admin:auth_user_change", args=(sam.pk,)))
    assert "No payments yet" in own.text


def test_people_who_may_not_view_customers_do_not_see_the_link(
    viewer: User, viewer_client: Client
) -> None:
    intent = make_payment(1)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_user"))
    page = viewer_client.get(reverse("admin:auth_user_change", args=(intent.customer.user_id,)))
    assert page.status_code == 200
    assert page_url(intent.customer) not in page.text


def test_a_new_user_can_still_be_added(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(reverse("admin:auth_user_add")).status_code == 200


@pytest.fixture
def blocked(settings: Any, alice: User, service: StripeService) -> StripeCustomer:
    settings.PAYMENTS_FAILURES_PER_INTENT = 2
    created = service.create_payment_intent(user=alice, amount=10, currency="USD")
    for _ in range(2):
        service.confirm_payment_intent(created["payment_intent"], payment_method=DECLINED)
    return StripeCustomer.objects.get(user=alice)


def test_the_page_of_a_blocked_customer_counts_the_failures_once(
    staff_client: Client, blocked: StripeCustomer
) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = staff_client.get(page_url(blocked)).text
    assert "for suspected card testing, until" in page
    assert len(queries) <= 19, [one["sql"][:80] for one in queries]


def test_a_block_is_shown_and_lifted(
    staff_client: Client, sam: User, blocked: StripeCustomer
) -> None:
    url = reverse("admin:payments_graphql_stripecustomer_lift_block", args=(blocked.pk,))
    page = staff_client.get(page_url(blocked)).text
    assert "for suspected card testing, until" in page
    assert url in page
    assert "Lift the block only if you know the customer." in staff_client.get(url).text
    done = staff_client.post(url, {"is_sure": "on"}, follow=True)
    assert "The block was lifted. The customer can pay again." in done.text
    assert "Not blocked. Last lifted:" in done.text
    assert url not in done.text
    assert get_blocked_until(blocked) is None
    assert LogEntry.objects.get().user == sam


def test_only_those_who_may_lift_a_block(viewer_client: Client, blocked: StripeCustomer) -> None:
    url = reverse("admin:payments_graphql_stripecustomer_lift_block", args=(blocked.pk,))
    assert url not in viewer_client.get(page_url(blocked)).text
    assert viewer_client.post(url, {"is_sure": "on"}).status_code == 403
    assert get_blocked_until(blocked) is not None


def test_a_customer_who_is_not_blocked_offers_no_lifting(staff_client: Client) -> None:
    customer = make_payment(1).customer
    url = reverse("admin:payments_graphql_stripecustomer_lift_block", args=(customer.pk,))
    assert url not in staff_client.get(page_url(customer)).text
    assert "This customer is not blocked." in staff_client.get(url, follow=True).text
