"""`manage.py payments_doctor`: the account of the keys."""

import pytest

from payments_graphql.models import StripeAccount, StripeCustomer, forget_accounts, get_account
from payments_graphql.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _asks_for_account(sandbox, settings, db):
    settings.PAYMENTS_ACCOUNT = ""
    forget_accounts()
    yield
    forget_accounts()


@pytest.fixture
def said(doctor):
    """The findings about the account, with their levels."""

    def said():
        found = [one for one in doctor().findings if one["subject"] == "account"]
        return [(one["level"], one["message"]) for one in found]

    return said


def test_the_account_is_named_and_remembered(said):
    [(level, message)] = said()
    assert (level, message) == ("ok", f"{StripeAccount.objects.get().account}.")


def test_customers_that_stripe_does_not_know(said, pay, alice, settings):
    known = pay(alice).customer
    with Sandbox() as other:
        settings.STRIPE_API_BASE = other.url
        (level, message), *_ = said()
    assert level == "warning"
    assert f"Stripe does not know {known.stripe_customer_id}" in message


@pytest.mark.parametrize("values", [{"livemode": True}, {"account": "acct_other"}])
def test_customers_of_others_alone(said, pay, alice, values):
    pay(alice)
    StripeCustomer.objects.update(**values)
    [(level, message)] = said()
    assert level == "warning"
    assert "kept but hidden" in message


def test_customers_of_others_beside_ours(said, pay, alice, bob):
    pay(alice)
    StripeCustomer.objects.update(account="acct_other")
    pay(bob)
    [(level, message)] = said()
    assert level == "ok"
    assert "1 of acct_other in test mode" in message


def test_a_setting_that_names_another_account(said, settings):
    settings.PAYMENTS_ACCOUNT = "acct_wrong"
    [(level, message)] = said()
    assert level == "error"
    assert "PAYMENTS_ACCOUNT says acct_wrong" in message


def test_the_stored_account_differs_from_stripes(said):
    get_account()
    StripeAccount.objects.update(account="acct_before")
    forget_accounts()
    [(level, message)] = said()
    assert level == "error"
    assert "the database says acct_before" in message


@pytest.mark.parametrize(("named", "level"), [("", "error"), ("acct_named", "ok")])
def test_a_key_that_may_not_read_its_account(said, sandbox, settings, named, level):
    settings.PAYMENTS_ACCOUNT = named
    with sandbox.faults.add("forbidden", path="/v1/account"):
        found = said()
    assert found[0][0] == level


def test_it_is_unknown_while_stripe_is_unreachable(said, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    [(level, message)] = said()
    assert level == "error"
    assert "the Stripe account of STRIPE_SECRET_KEY is unknown" in message
