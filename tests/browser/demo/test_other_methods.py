"""Ways to pay that leave the page, or take days."""

from playwright.sync_api import expect

from .conftest import Shop, Visit


def test_a_redirect_comes_back_and_only_the_webhook_says_paid(stranger: Visit, shop: Shop) -> None:
    shop.sandbox.faults.add("webhook_delayed", event="*.succeeded", delay=3600)
    _open(stranger, "Amsterdam")
    stranger.card_form.get_by_label("iDEAL").check()
    stranger.await_next_second()
    stranger.pay_button.click()
    stranger.page.get_by_role("button", name="Authorize").click()
    stranger.page.wait_for_url(f"{shop.url}/**")
    stranger.expect_heading("Confirming your payment")
    assert "secret" not in stranger.page.url
    assert "redirect_status" not in stranger.page.url
    shop.sandbox.advance(3601)
    stranger.expect_heading("Paid")
    shop.sandbox.faults.clear()


def test_a_voucher_is_shown_with_its_deadline_and_paid_later(stranger: Visit) -> None:
    _open(stranger, "Rio de Janeiro")
    stranger.card_form.get_by_label("Boleto").check()
    for label, text in (
        ("Full name", "Alice"),
        ("Email", "fill_never@example.com"),
        ("CPF/CNPJ", "000.000.000-00"),
        ("Address", "Rua 1"),
        ("City", "Rio"),
        ("State", "RJ"),
        ("Postal code", "20000000"),
    ):
        stranger.card_form.get_by_label(label, exact=True).fill(text)
    stranger.await_next_second()
    stranger.pay_button.click()
    expect(stranger.page.get_by_role("heading", name="Complete the payment by")).to_be_visible()
    with stranger.context.expect_page() as opened:
        stranger.page.get_by_role("link", name="Open the instructions").click()
    opened.value.get_by_role("button", name="Pay").click()
    stranger.expect_heading("Paid")


def test_a_debit_is_processed_for_days_and_then_paid(stranger: Visit, shop: Shop) -> None:
    _open(stranger, "Rome")
    stranger.card_form.get_by_label("SEPA Direct Debit").check()
    for label, text in (
        ("Full name", "Alice"),
        ("Email", "alice@example.com"),
        ("IBAN", "DE89370400440532013000"),
    ):
        stranger.card_form.get_by_label(label, exact=True).fill(text)
    stranger.await_next_second()
    stranger.pay_button.click()
    stranger.expect_heading("Your bank is processing the payment")
    expect(stranger.page.get_by_text("This can take a few days.")).to_be_visible()
    shop.sandbox.advance(7 * 86_400)
    stranger.expect_heading("Paid")


def _open(visit: Visit, booking: str) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Sign in as Alice").click()
    visit.page.get_by_role("link", name=f"Pay: {booking}").click()
    expect(visit.pay_button).to_be_enabled()
