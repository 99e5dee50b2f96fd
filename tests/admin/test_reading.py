"""Lists and pages of the admin: what they show, and what they cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments_graphql.admin.read_only import MOST_INLINE_ROWS
from payments_graphql.models import (
    Booking,
    Operation,
    StatusChange,
    StripeDispute,
    StripePaymentIntent,
    StripeSetupIntent,
)
from payments_graphql.reconciliation import reconcile
from payments_graphql.services import setup_intents
from tests.admin.rows import ALL, CLIENT_SECRET, get_name, make_payment

from .conftest import list_url, page_url

pytestmark = pytest.mark.any_database

SECRETS = (CLIENT_SECRET, "2xYzAbCdEf", "sk_live_51Habc", "4242424242424242", "@example.com")


@pytest.mark.parametrize("model", ALL, ids=get_name)
def test_a_list_costs_the_same_sql_for_any_number_of_rows(staff_client: Client, model: Any) -> None:
    make_payment(1)
    staff_client.get(list_url(get_name(model)))  # content types are read once
    with CaptureQueriesContext(connection) as few:
        assert staff_client.get(list_url(get_name(model))).status_code == 200
    for number in range(2, 6):
        make_payment(number)
    with CaptureQueriesContext(connection) as many:
        response = staff_client.get(list_url(get_name(model)))
    assert len(response.context["cl"].result_list) == 5
    assert len(many) == len(few)
    assert len(many) <= 10


@pytest.mark.parametrize("model", ALL, ids=get_name)
def test_no_page_shows_a_secret(staff_client: Client, model: Any) -> None:
    make_payment(1)
    row = model.objects.get()
    for url in (list_url(get_name(model)), page_url(row)):
        response = staff_client.get(url)
        assert response.status_code == 200
        shown = response.text.replace("•••@example.com", "")
        if model is not Booking or url != page_url(row):  # people edit a booking's text
            assert [secret for secret in SECRETS if secret in shown] == []


def test_every_model_has_a_list(db: None) -> None:
    # Nothing to compare. The figures have the dashboard.
    hidden = {"eventcursor", "importcursor", "signalreceiver", "stripeaccount"}
    hidden |= {"dailyfigure", "figurecursor"}
    hidden |= {"paymentnote"}  # on the pages of the payments
    hidden |= {"problemcheck", "problemnotice", "refusedwebhooks", "storedproblem"}
    models = {get_name(model) for model in apps.get_app_config("payments_graphql").get_models()}
    registered = {get_name(model) for model in site._registry}
    assert models - registered <= hidden


def test_a_payment_shows_its_amounts_refunds_operations_and_history(staff_client: Client) -> None:
    intent = make_payment(1)
    page = staff_client.get(page_url(intent)).text
    shown = (
        "Paid 50.00 USD",
        "10.00 USD refunded",
        "10.00 USD could not be refunded",
        page_url(intent.refunds.get()),
        "evt_1",
        "REF-1",
        "25.00 USD disputed",
        page_url(intent.disputes.get()),
    )
    for text in shown:
        assert text in page, text


def test_a_dispute_shows_what_it_is_about(staff_client: Client) -> None:
    intent = make_payment(1)
    dispute = intent.disputes.get()
    for url in (list_url("stripedispute"), page_url(dispute)):
        page = staff_client.get(url).text.lower()
        for text in ("du_1", "Needs response", "25.00 USD", "fraudulent", page_url(intent)):
            assert text.lower() in page, text
    history = staff_client.get(page_url(dispute)).text
    assert "evt_1" in history
    assert "Create refund" in history


@pytest.mark.parametrize("model", [Operation, StatusChange], ids=get_name)
def test_what_it_belongs_to_is_linked(staff_client: Client, model: Any) -> None:
    intent = make_payment(1)
    page = staff_client.get(page_url(model.objects.get())).text
    setup_intent = StripeSetupIntent.objects.get()
    for row in (intent, intent.refunds.get(), intent.disputes.get(), setup_intent):
        assert page_url(row) in page
    model.objects.update(refund=None)
    assert page_url(intent.disputes.get()) in staff_client.get(list_url(get_name(model))).text
    model.objects.update(dispute=None)
    assert page_url(setup_intent) in staff_client.get(list_url(get_name(model))).text


def test_a_customer_links_to_the_whole_payment_history(staff_client: Client) -> None:
    customer = make_payment(1).customer
    make_payment(2)
    page = staff_client.get(page_url(customer)).text
    query = f"?customer__id__exact={customer.pk}"
    assert query in page
    response = staff_client.get(list_url("stripepaymentintent") + query)
    assert len(response.context["cl"].result_list) == 1


def test_a_customer_with_many_payments_shows_the_newest(staff_client: Client) -> None:
    intent = make_payment(1)
    StripePaymentIntent.objects.bulk_create(
        StripePaymentIntent(
            customer=intent.customer, amount=100 + number, currency="USD", status="canceled",
            created_at=timezone.now() + timedelta(seconds=number),
        )
        for number in range(MOST_INLINE_ROWS + 5)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        page = staff_client.get(page_url(intent.customer))
    formset = page.context["inline_admin_formsets"][0].formset
    assert len(formset.forms) == MOST_INLINE_ROWS
    assert len(queries) < 20


def test_what_stripe_has_not_accepted_yet_is_marked(staff_client: Client) -> None:
    intent, accepted = make_payment(1), make_payment(2)
    StripePaymentIntent.objects.filter(pk=intent.pk).update(stripe_payment_intent_id=None)
    assert "not accepted yet" in staff_client.get(list_url("stripepaymentintent")).text
    assert "not accepted yet" in staff_client.get(page_url(intent)).text
    for value, expected in (("no", [intent]), ("yes", [accepted]), ("other", [accepted, intent])):
        response = staff_client.get(list_url("stripepaymentintent"), {"accepted": value})
        assert list(response.context["cl"].result_list) == expected


def test_objects_link_to_stripes_dashboard_but_not_from_the_sandbox(
    staff_client: Client, settings: Any
) -> None:
    intent = make_payment(1)
    address = "https://dashboard.stripe.com/test/payments/pi_1"
    page = staff_client.get(page_url(intent)).text
    assert address not in page
    assert f"{settings.STRIPE_API_BASE}/_sandbox/objects/pi_1" in page
    settings.STRIPE_API_BASE = ""
    assert address in staff_client.get(page_url(intent)).text
    dispute, setup_intent = intent.disputes.get(), StripeSetupIntent.objects.get()
    for row, room in ((dispute, "disputes/du_1"), (setup_intent, "setup_intents/seti_1")):
        assert f"https://dashboard.stripe.com/test/{room}" in staff_client.get(page_url(row)).text
    StripePaymentIntent.objects.filter(pk=intent.pk).update(livemode=True)
    live = "https://dashboard.stripe.com/payments/pi_1"
    assert live in staff_client.get(page_url(intent)).text


def test_a_real_payment_is_shown(
    staff_client: Client, pay: Callable[..., StripePaymentIntent], alice: User, booking: Booking
) -> None:
    intent = pay(alice, None, None, booking=booking, method="pm_card_createDispute")
    reconcile()
    assert StripeDispute.objects.exists()
    setup_intents.create_setup_intent(user=alice)
    page = staff_client.get(page_url(intent)).text
    assert intent.stripe_payment_intent_id in page
    assert "a•••@example.com" in page
    assert "alice@example.com" not in page
    for model in ALL:
        for row in model.objects.all():
            assert staff_client.get(page_url(row)).status_code == 200
