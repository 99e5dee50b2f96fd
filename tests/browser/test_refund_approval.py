"""Sue refunds a large payment, and Fay approves it as a second person."""

import re

from playwright.sync_api import expect

from .conftest import Tab


def test_a_large_refund_is_approved_by_a_second_person(tab: Tab) -> None:
    page = tab.page
    tab.sign_in("sue")
    tab.open(f"/admin/payments_graphql/stripepaymentintent/?q={tab.site.large_payment}")
    page.get_by_role("link", name=tab.site.large_payment).click()
    page.get_by_role("link", name="Refund", exact=True).click()
    expect(page.get_by_text("Your limit is 500.00 USD a day.")).to_be_visible()
    expect(page.get_by_label("Amount in USD")).to_have_value("500.00")

    page.get_by_label("Amount in USD").fill("800.00")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("You can refund at most 500.00 USD now.")).to_be_visible()

    page.get_by_label("Amount in USD").fill("1200.00")
    page.get_by_label("Description").fill("The hotel is closed")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Ask to refund 1200.00 USD").click()
    said = "A second person must approve this refund of 1200.00 USD."
    expect(page.get_by_text(said)).to_be_visible()
    entry = page.locator(
        ".payments-timeline li", has_text="Asked for approval to refund 1200.00 USD"
    )
    entry.get_by_role("link", name="Refund request").click()
    expect(page.get_by_text("Waiting for approval")).to_be_visible()
    expect(page.get_by_role("link", name="Approve the refund")).to_have_count(0)
    expect(page.get_by_role("link", name="Withdraw the request")).to_be_visible()

    tab.sign_in("fay")
    page.get_by_role("link", name="Refund requests", exact=True).first.click()
    page.get_by_role("link", name="1200.00 USD").click()
    page.get_by_role("link", name="Approve the refund").click()
    expect(page.get_by_text("The hotel is closed")).to_be_visible()
    page.get_by_label("Approve the refund. The customer gets the money.").check()
    page.get_by_role("button", name="Refund 1200.00 USD").click()
    said = 'The status of the refund of 1200.00 USD is now "succeeded".'
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator(".payments-status", has_text=re.compile("^Approved$"))).to_be_visible()
    expect(page.locator(".payments-status", has_text="Succeeded")).to_be_visible()

    page.get_by_role("link", name="Refund requests", exact=True).first.click()
    expect(page.get_by_text("0 refund requests")).to_be_visible()
