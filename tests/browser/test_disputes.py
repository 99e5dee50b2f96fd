"""A dispute is answered with a file, and won."""

from pathlib import Path

from playwright.sync_api import expect

from tests.sandbox.uploads import PDF

from .conftest import Tab


def test_a_dispute_is_answered_with_a_file_and_won(tab: Tab, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(PDF)
    program = tmp_path / "program.pdf"
    program.write_bytes(b"MZ")
    page = tab.page
    tab.sign_in()
    tab.open("/admin/payments_graphql/stripedispute/")
    page.locator("#result_list tbody tr", has_text="30.00 USD").locator("th a").click()
    expect(page.locator(".payments-deadline")).to_contain_text("days left")
    address = page.url

    page.get_by_role("link", name="Answer", exact=True).click()
    expect(page.get_by_label("Customer's e-mail address:")).to_have_value("alice@example.com")
    expect(page.get_by_text("Filled in by this site.").first).to_be_visible()
    page.get_by_label("Receipt:").set_input_files(program)
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("The file must be a PDF, JPEG or PNG.")).to_be_visible()

    page.get_by_label("Receipt:").set_input_files(receipt)
    page.get_by_label("Other evidence:").fill("winning_evidence")
    page.get_by_label("The evidence is complete.").check()
    page.get_by_role("button", name="Submit to the bank").click()
    expect(page.get_by_text("The evidence was submitted.")).to_be_visible()
    expect(page.locator(".payments-deadline")).to_contain_text("The bank reviews the evidence")

    page.get_by_role("link", name="What was submitted").click()
    expect(page.get_by_text("receipt.pdf (0.1 kB)")).to_be_visible()
    expect(page.get_by_text("winning_evidence")).to_be_visible()

    page.goto(address)
    for _ in range(200):  # the bank decides after a second, and its webhook arrives
        page.reload()
        if page.get_by_text("Won. You keep 30.00 USD.").is_visible():
            break
    expect(page.locator(".payments-deadline")).to_contain_text("Won. You keep 30.00 USD.")
    expect(page.locator(".payments-entries li").last).to_contain_text("Status: won")
