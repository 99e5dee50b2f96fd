"""3-D Secure: the bank asks the customer."""

from playwright.sync_api import expect

from .conftest import Visit

ASKS = "4000000000003220"


def test_3d_secure_accepted_pays(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay(ASKS)
    visit.bank.get_by_role("button", name="Complete").click()
    visit.expect_heading("Paid")


def test_3d_secure_refused_leaves_the_payment_for_another_card(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay(ASKS)
    visit.bank.get_by_role("button", name="Fail").click()
    expect(visit.alert).to_contain_text("authenticate")
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    visit.expect_heading("Paid")


def test_a_reload_while_the_bank_asks_resumes_at_the_bank(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay(ASKS)
    expect(visit.bank.get_by_role("button", name="Complete")).to_be_visible()
    visit.page.reload()
    visit.expect_heading("Your bank asks you to confirm")
    visit.page.get_by_role("button", name="Confirm with your bank").click()
    visit.bank.get_by_role("button", name="Complete").click()
    visit.expect_heading("Paid")


def test_another_card_can_be_used_while_a_bank_waits(visit: Visit) -> None:
    visit.open_checkout()
    visit.pay(ASKS)
    expect(visit.bank.get_by_role("button", name="Complete")).to_be_visible()
    visit.page.reload()
    visit.page.get_by_role("button", name="New card or another way to pay").click()
    expect(visit.pay_button).to_be_enabled()
    visit.pay()
    visit.expect_heading("Paid")


def test_the_client_secret_of_a_redirect_does_not_stay_in_the_address(visit: Visit) -> None:
    query = (
        "?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=succeeded"
    )
    visit.open(query + visit.booking_path)
    expect(visit.pay_button).to_be_enabled()  # `succeeded` in the address is not believed
    assert visit.page.url == f"{visit.shop.url}/{visit.booking_path}"
