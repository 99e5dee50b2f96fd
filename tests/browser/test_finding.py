"""Support finds a payment by what a customer holds."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Tab

PAYMENT = re.compile(r"/admin/payments_graphql/stripepaymentintent/[0-9a-f-]{36}/change/")


def search(tab: Tab, text: str) -> None:
    tab.open("/admin/payments_graphql/")
    tab.page.get_by_label("Find a payment, a refund, a customer, a booking").fill(text)
    tab.page.locator(".payments-search").get_by_role("button", name="Search").click()


@pytest.mark.parametrize("text", ["4242 99.99", "visa 4242 99,99", "USD 99.99", "•••• 4242 99.99"])
def test_a_payment_is_found_by_its_card_and_amount(tab: Tab, text: str) -> None:
    tab.sign_in()
    search(tab, text)
    tab.page.wait_for_url(PAYMENT)
    expect(tab.page.get_by_text("LIS-1").first).to_be_visible()


def test_a_payment_is_found_by_the_charge_of_its_receipt(tab: Tab) -> None:
    tab.sign_in()
    tab.open("/admin/payments_graphql/stripewebhookevent/?q=charge.failed")
    charge = tab.page.locator("td.field-of .payments-id").first.get_attribute("title")
    assert charge is not None
    assert charge.startswith("ch_")
    search(tab, charge)
    tab.page.wait_for_url(PAYMENT)


def test_a_payment_is_found_by_its_booking(tab: Tab) -> None:
    tab.sign_in()
    search(tab, "lis-1")
    payments = tab.page.get_by_role("region", name="Payment intents")
    expect(payments.get_by_text("99.99 USD")).to_be_visible()
    expect(tab.page.get_by_role("region", name="Bookings")).to_be_visible()
    payments.locator("tbody th a").click()
    tab.page.wait_for_url(PAYMENT)


def test_nothing_is_found_kindly(tab: Tab) -> None:
    tab.sign_in()
    search(tab, "nobody knows this")
    expect(tab.page.get_by_text("Nothing was found.")).to_be_visible()


def test_a_list_is_filtered_by_two_dates(tab: Tab) -> None:
    tab.sign_in()
    tab.open("/admin/payments_graphql/stripepaymentintent/?q=99.99")
    tab.page.get_by_text("from and to").click()
    tab.page.get_by_label("From").fill("2001-01-01")
    tab.page.get_by_label("To", exact=True).fill("2001-12-31")
    tab.page.get_by_role("button", name="Filter").click()
    expect(tab.page.locator(".paginator")).to_contain_text("0 payment intents")
    assert "q=99.99" in tab.page.url
    tab.page.get_by_label("To", exact=True).fill("2099-12-31")
    tab.page.get_by_role("button", name="Filter").click()
    expect(tab.page.locator(".paginator")).to_contain_text("1 payment intent")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_list_fits_the_screen(tab: Tab, width: int) -> None:
    tab.sign_in()
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.open("/admin/payments_graphql/")
    links = tab.page.locator("#content .app-payments_graphql th a, #content th a")
    paths = {link.get_attribute("href") for link in links.all()}
    lists = {path for path in paths if path and path.startswith("/admin/payments_graphql/")}
    assert len(lists) >= 10
    for path in lists:
        tab.open(path)
        expect(tab.page.get_by_text("Test mode: no real money.")).to_be_visible()
        fits = "() => document.documentElement.scrollWidth <= window.innerWidth"
        assert tab.page.evaluate(fits), path
        results = tab.page.locator(".results")
        for result in results.all():
            assert result.evaluate("one => one.scrollWidth <= one.clientWidth"), path
