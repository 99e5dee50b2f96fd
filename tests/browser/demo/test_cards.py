"""Saved cards: while paying, without a payment, the default, and removal."""

from playwright.sync_api import expect

from .conftest import VISA, Shop, Visit

MASTERCARD = "5555555555554444"
SET_UP_ASKS = "4000002760003184"


def test_a_card_saved_while_paying_pays_the_next_time(visit: Visit, shop: Shop) -> None:
    visit.open_checkout()
    visit.page.get_by_role("button", name="Pay a part").click()
    visit.page.get_by_label("Amount to pay now").fill("10")
    visit.page.get_by_label("Save it for next time").check()
    visit.pay()
    visit.page.get_by_role("button", name="Pay the rest").click()
    expect(visit.page.get_by_role("radio", name="Visa •••• 4242")).to_be_checked()
    expect(visit.page.locator(".element")).to_be_hidden()
    expect(visit.pay_button).to_have_text("Pay $89.99")
    expect(visit.pay_button).to_be_enabled()
    visit.pay_button.click()
    visit.expect_heading("Paid")


def test_a_saved_card_whose_bank_asks(visit: Visit) -> None:
    _save(visit, SET_UP_ASKS)
    visit.bank.get_by_role("button", name="Complete").click()
    expect(visit.find_row("Visa •••• 3184")).to_be_visible()
    visit.open_checkout()
    visit.pay_button.click()
    visit.bank.get_by_role("button", name="Complete").click()
    visit.expect_heading("Paid")


def test_the_default_moves_and_a_card_is_removed(visit: Visit) -> None:
    _save(visit, VISA)
    expect(visit.find_row("Visa •••• 4242")).to_be_visible()
    _save(visit, MASTERCARD)
    mastercard = visit.find_row("Mastercard •••• 4444")
    expect(mastercard).to_contain_text("Expires 12/40")
    mastercard.get_by_role("button", name="Make default").click()
    expect(mastercard).to_contain_text("Default")
    visit.page.on("dialog", lambda dialog: dialog.accept())
    visit.find_row("Visa •••• 4242").get_by_role("button", name="Remove").click()
    expect(visit.find_row("Visa •••• 4242")).to_have_count(0)
    expect(mastercard).to_be_visible()


def _save(visit: Visit, number: str) -> None:
    visit.open("#/cards")
    visit.page.get_by_role("button", name="Add a card").click()
    visit.fill_card(number)
    visit.page.get_by_role("button", name="Save card").click()
