"""Pages and queries while our account is unknown and Stripe is unreachable."""

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from payments_graphql.models import Booking, StripePaymentIntent
from tests.admin.conftest import list_url, page_url
from tests.admin.rows import ALL, get_name, make_payment
from tests.schema.conftest import GraphQLClient
from tests.schema.rows import make_intents

QUERY = "{ paymentIntents { edges { node { status } } } }"


@pytest.fixture
def stripe_is_away(asks_for_account, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"


@pytest.fixture
def browser(sam):
    browser = Client()
    browser.force_login(sam)
    return browser


def test_a_query_says_that_it_is_to_be_tried_again(stripe_is_away, alice):
    error = GraphQLClient(alice).ask_for_error(QUERY)
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("UNAVAILABLE", True)


def test_only_the_first_query_asks_stripe(asks_for_account, alice, sandbox):
    make_intents(alice)
    client = GraphQLClient(alice)
    for _ in range(3):
        assert len(client.ask(QUERY)["paymentIntents"]["edges"]) == 1
    assert len(sandbox.requests()) == 1


def test_a_list_of_the_admin_is_empty_and_says_why(stripe_is_away, browser):
    page = browser.get(reverse("admin:payments_graphql_stripepaymentintent_changelist"))
    assert page.status_code == 200
    assert "The Stripe account of this site is not known yet" in page.text


def test_a_booking_is_not_added_up(stripe_is_away, browser, booking):
    url = reverse("admin:payments_graphql_booking_change", args=(booking.pk,))
    page = browser.get(url, follow=True)
    assert page.status_code == 200
    assert "The Stripe account of this site is not known yet" in page.text
    assert "99.99" in page.text  # the list has the price, but no sums


@pytest.mark.parametrize("model", ALL, ids=get_name)
def test_every_page_of_the_admin_leads_to_the_list_that_says_why(
    asks_for_account, settings, browser, model
):
    settings.PAYMENTS_ACCOUNT = "acct_ours"
    make_payment(1)
    settings.PAYMENTS_ACCOUNT, settings.STRIPE_API_BASE = "", "http://127.0.0.1:1"
    listed = list_url(get_name(model))
    page_of_row = page_url(model._default_manager.get())
    questions = getattr(site.get_model_admin(model), "questions", ())
    pages = [page_of_row, *(page_of_row.replace("change/", f"{one.name}/") for one in questions)]
    if model is Booking:
        pages.append(f"{listed}add/")
    for page in pages:
        answer = browser.get(page, follow=True)
        assert answer.redirect_chain == [(listed, 302)], page
        assert "The Stripe account of this site is not known yet" in answer.text, page


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("", {"pi_ours"}),
        ("others", {"pi_live", "pi_other"}),
        ("all", {"pi_ours", "pi_live", "pi_other"}),
    ],
)
def test_lists_of_the_admin_show_one_mode_and_account_unless_asked(browser, alice, chosen, shown):
    for stripe_id, values in {
        "pi_ours": {},
        "pi_live": {"livemode": True},
        "pi_other": {"account": "acct_other"},
    }.items():
        [row] = make_intents(alice)
        StripePaymentIntent.objects.filter(pk=row.pk).update(
            stripe_payment_intent_id=stripe_id, **values
        )
    url = reverse("admin:payments_graphql_stripepaymentintent_changelist")
    page = browser.get(url, {"mode": chosen} if chosen else {}).text
    assert {one for one in ("pi_ours", "pi_live", "pi_other") if one in page} == shown


@pytest.mark.parametrize(
    "model",
    [
        "stripecustomer",
        "stripepaymentintent",
        "striperefund",
        "stripedispute",
        "stripesetupintent",
        "stripepaymentmethod",
        "stripewebhookevent",
        "operation",
        "statuschange",
    ],
)
def test_every_list_of_the_admin_has_the_filter(browser, pay, alice, model):
    pay(alice)
    page = browser.get(reverse(f"admin:payments_graphql_{model}_changelist"))
    assert page.status_code == 200
    assert "By mode and account" in page.text
    assert "Of the current keys" in page.text
    others = browser.get(reverse(f"admin:payments_graphql_{model}_changelist"), {"mode": "others"})
    assert others.context["cl"].result_count == 0


def test_a_refund_of_another_modes_payment_is_not_offered(browser, alice, pay):
    intent = pay(alice)
    url = reverse("admin:payments_graphql_stripepaymentintent_change", args=(intent.pk,))
    refund = reverse("admin:payments_graphql_stripepaymentintent_refund", args=(intent.pk,))
    assert refund in browser.get(url).text
    StripePaymentIntent.objects.update(livemode=True)
    assert refund not in browser.get(url).text
