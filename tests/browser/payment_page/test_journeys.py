"""Support people finish their job on the page of a payment."""

import pytest
from playwright.sync_api import expect

from tests.chromium import reload_until

from .conftest import Desk


def _name(desk: Desk, name: str) -> str:
    """Each width has its own payments."""
    viewport = desk.page.viewport_size
    assert viewport is not None
    return f"{name}_narrow" if viewport["width"] < 1000 else name


def test_a_part_is_refunded_and_settles(desk: Desk) -> None:
    desk.open(_name(desk, "paid"))
    page = desk.page
    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Amount in EUR").fill("12.00")
    page.get_by_label("Reason").select_option("requested_by_customer")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("The customer gets 12.00 EUR.")).to_be_visible()
    expect(page.get_by_text("298.00 EUR of the payment stay.")).to_be_visible()
    expect(page.get_by_text("The booking's price falls to 298.00 EUR.")).to_be_visible()
    page.get_by_role("button", name="Refund 12.00 EUR").click()
    expect(page.get_by_text("12.00 EUR refunded. 298.00 EUR kept.")).to_be_visible()
    entry = page.locator(".payments-timeline li").filter(has_text="Refunded 12.00 EUR")
    expect(entry).to_contain_text("Sam")
    # The events are processed in the background.
    reload_until(page, lambda: entry.get_by_role("link", name="charge.refunded").count() == 1)


def test_a_hold_is_captured_in_part(desk: Desk) -> None:
    desk.open(_name(desk, "held"))
    page = desk.page
    expect(page.get_by_text("capture or cancel it.")).to_be_visible()
    page.get_by_role("link", name="Capture", exact=True).click()
    page.get_by_label("Amount in EUR").fill("30")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("The rest of 50.00 EUR is released")).to_be_visible()
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("30.00")
    page.get_by_label("Amount in EUR").fill("50")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Capture 50.00 EUR").click()
    expect(page.get_by_text("Paid 50.00 EUR on")).to_be_visible()
    expect(page.get_by_text("30.00 EUR released to the customer.")).to_be_visible()
    # Stripe's event of it may be above, still waiting.
    expect(
        page.locator(".payments-timeline li").filter(has_text="Captured 50.00 EUR")
    ).to_be_visible()


def test_a_note_is_added(desk: Desk) -> None:
    desk.open(_name(desk, "paid"))
    page = desk.page
    page.get_by_role("link", name="Add a note").click()
    page.get_by_label("Note").fill("The customer called.\nThe hotel was closed.")
    page.get_by_role("button", name="Add the note").click()
    newest = page.locator(".payments-timeline li").first
    expect(newest).to_contain_text("The hotel was closed.")
    expect(newest).to_contain_text("Sam")


def test_the_name_is_shown_once(desk: Desk) -> None:
    desk.open("busy")
    page = desk.page
    expect(page.get_by_text("A••• E•••")).to_be_visible()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Alice Example")).to_be_visible()
    desk.open("busy")
    expect(page.get_by_text("Alice Example")).to_have_count(0)


@pytest.mark.parametrize("name", ["paid", "held", "declined", "disputed", "busy"])
def test_the_page_is_short_and_fits_its_width(desk: Desk, name: str) -> None:
    desk.open(name)
    width, height = desk.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.querySelector('#container')"
        ".scrollHeight]"
    )
    viewport = desk.page.viewport_size
    assert viewport is not None
    assert width <= viewport["width"]
    assert height <= (1400 if viewport["width"] > 1000 else 2600)
