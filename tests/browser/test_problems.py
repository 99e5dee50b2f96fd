"""What needs attention is on the start page, and clears when somebody acts."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from .conftest import Tab

START = "/admin/payments_graphql/"
POLL = 30_000  # milliseconds of the page
LONGEST = 60  # seconds


def test_a_card_leads_to_its_action_and_clears_by_itself(tab: Tab) -> None:
    tab.sign_in()
    tab.open(START)
    card = tab.page.locator('[data-kind="overpaid_bookings"]')
    expect(card).to_contain_text("49.99 USD at risk")
    watching = tab.page.context.new_page()
    watching.clock.install()
    watching.goto(tab.site.url + START)
    watched = watching.locator('[data-kind="overpaid_bookings"]')
    expect(watched).to_be_visible()

    card.get_by_role("link", name="View").click()
    expect(tab.page.locator("#result_list tbody tr")).to_have_count(1)
    tab.page.go_back()
    card.get_by_role("link", name="Refund it").click()
    tab.page.get_by_label("Refund the overpaid amount.").check()
    tab.page.get_by_role("button", name=re.compile("Refund")).click()
    expect(tab.page.get_by_text("Refunded: 49.99 USD.")).to_be_visible()

    _let_it_look(watching, lambda: watched.count() == 0)
    expect(watching.locator('[data-kind="dead_events"]')).to_be_visible()
    tab.open(START)
    expect(card).to_have_count(0)


def test_the_main_page_shows_the_cards_once(tab: Tab) -> None:
    tab.sign_in()
    tab.open("/admin/")
    expect(tab.page.locator('[data-kind="dead_events"]')).to_have_count(1)
    tab.open(START)
    expect(tab.page.locator('[data-kind="dead_events"]')).to_have_count(1)


def _let_it_look(page: Page, is_done: Callable[[], bool]) -> None:
    """Lets the page's time pass, until the list is old enough to be examined again.

    Its age is the server's own time, so this waits, however fast the page asks.
    """
    latest = time.monotonic() + LONGEST
    while time.monotonic() < latest:
        page.clock.fast_forward(POLL)
        time.sleep(0.25)
        if is_done():
            return
    raise AssertionError("The card did not clear.")
