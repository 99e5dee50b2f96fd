"""A booking is paid on the page. Only the status says so."""

import re

from playwright.sync_api import expect

from .conftest import Shop, Visit

INSUFFICIENT_FUNDS = "4000000000009995"


def test_a_card_pays_and_the_status_says_so(visit: Visit) -> None:
    visit.open_checkout()
    expect(visit.pay_button).to_have_text("Pay $99.99")
    visit.pay()
    visit.expect_heading("Paid")
    expect(visit.page.get_by_text("$99.99 for Lisbon, 3 nights. Thank you.")).to_be_visible()
    expect(visit.page.get_by_role("link", name="Receipt")).to_have_attribute(
        "href", re.compile("^http")
    )


def test_a_decline_says_what_to_do_and_another_card_pays(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay(INSUFFICIENT_FUNDS)
    expect(visit.alert).to_contain_text("insufficient funds")
    # The advice comes with the webhook.
    expect(visit.alert.locator("p")).to_have_count(2)
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    visit.expect_heading("Paid")


def test_an_incomplete_card_is_not_sent(visit: Visit, shop: Shop) -> None:
    visit.open_checkout()
    before = shop.count("POST", "/v1/payment_intents/*/confirm")
    visit.card_form.get_by_label("Card number").fill("4242")
    visit.pay_button.click()
    expect(visit.card_form.get_by_text("Your card number is incomplete.")).to_be_visible()
    expect(visit.pay_button).to_be_enabled()
    assert shop.count("POST", "/v1/payment_intents/*/confirm") == before


def test_a_double_click_pays_once(visit: Visit, shop: Shop) -> None:
    visit.open_checkout()
    before = shop.count("POST", "/v1/payment_intents/*/confirm")
    visit.fill_card("4242424242424242")
    visit.pay_button.dblclick()
    visit.expect_heading("Paid")
    assert shop.count("POST", "/v1/payment_intents/*/confirm") == before + 1


def test_a_part_is_paid_and_then_the_rest(visit: Visit) -> None:
    visit.open_checkout()
    visit.page.get_by_role("button", name="Pay a part").click()
    amount = visit.page.get_by_label("Amount to pay now")
    amount.fill("120")
    visit.pay_button.click()
    expect(amount).to_have_attribute("aria-invalid", "true")
    amount.fill("40")
    expect(visit.pay_button).to_have_text("Pay $40.00")
    visit.pay()
    visit.expect_heading("Paid")
    visit.page.get_by_role("button", name="Pay the rest").click()
    expect(visit.pay_button).to_have_text("Pay $59.99")
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    visit.expect_heading("Paid")
    visit.open("#/")
    expect(visit.find_row("Lisbon")).to_contain_text("Paid")


def test_the_status_changes_in_a_second_tab_too(visit: Visit) -> None:
    visit.open_checkout()
    second, bookings = visit.context.new_page(), visit.context.new_page()
    visit.open(visit.booking_path, second)
    visit.open("#/", bookings)
    row = visit.find_row("Lisbon", bookings)
    expect(second.locator("button.wide")).to_be_enabled()
    expect(row).to_contain_text("Due")
    visit.pay()
    visit.expect_heading("Paid")
    visit.expect_heading("Paid", second)
    expect(row).to_contain_text("Paid")


def test_a_late_webhook_is_waited_for_and_a_reload_still_waits(visit: Visit, shop: Shop) -> None:
    shop.sandbox.faults.add("webhook_delayed", event="*.succeeded", delay=3600)
    visit.open_checkout()
    visit.pay()
    visit.expect_heading("Confirming your payment")
    visit.page.reload()
    visit.expect_heading("Confirming your payment")
    expect(visit.page.get_by_role("heading", name="Paid", exact=True)).to_have_count(0)
    shop.sandbox.advance(3601)
    visit.expect_heading("Paid")
