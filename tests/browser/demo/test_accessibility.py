"""axe-core finds nothing serious on any part of the page, in light and dark, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.clients.node import install

from .conftest import Guest, Shop, Visit

_RUN = """async () => {
  const found = await axe.run(document, { iframes: false });
  return found.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    folder = install(Path(__file__).parent / "axe")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(params=["light", "dark"])
def looking(
    request: pytest.FixtureRequest, browser: Browser, shop: Shop, guest: Guest, axe: str
) -> Iterator[Visit]:
    # By the protocol of the browser, as the page's policy lets no foreign script in.
    visit = Visit(browser, shop, guest, color_scheme=request.param, bypass_csp=True)
    visit.context.add_init_script(axe)
    yield visit
    visit.close()


def _check(visit: Visit) -> None:
    for width in (1280, 390):
        visit.page.set_viewport_size({"width": width, "height": 844})
        found: list[str] = visit.page.evaluate(_RUN)
        assert found == []
        overflow: Any = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0


def test_every_part_of_the_page(looking: Visit) -> None:
    looking.open("#/")
    looking.expect_heading("Bookings")
    _check(looking)
    looking.open_checkout()
    looking.page.get_by_role("button", name="Pay a part").click()
    looking.page.get_by_text("Test cards").click()
    _check(looking)
    looking.page.get_by_role("button", name="Pay the full amount").click()
    looking.page.get_by_label("Save it for next time").check()
    looking.pay("4000000000009995")
    expect(looking.alert).to_be_visible()
    _check(looking)
    looking.pay()
    looking.expect_heading("Paid")
    _check(looking)
    looking.page.get_by_role("link", name="View payment").click()
    looking.page.get_by_role("button", name="Refund $99.99").click()
    expect(looking.find_row("$99.99")).to_contain_text("Refunded")
    _check(looking)
    looking.open("#/payments")
    expect(looking.find_row("Lisbon")).to_be_visible()
    _check(looking)
    looking.open("#/cards")
    expect(looking.find_row("4242")).to_be_visible()
    _check(looking)


def test_signing_in(browser: Browser, shop: Shop, axe: str) -> None:
    visit = Visit(browser, shop, None, bypass_csp=True)
    visit.context.add_init_script(axe)
    visit.open()
    visit.expect_heading("Pay for a trip")
    _check(visit)
    visit.close()


def test_the_keyboard_alone_pays(visit: Visit) -> None:
    visit.open("#/")
    visit.expect_heading("Bookings")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Skip to content")).to_be_focused()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Pay: Lisbon, 3 nights")).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.pay_button).to_be_enabled()
    visit.fill_card("4242424242424242")
    visit.await_next_second()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Tab")
    expect(visit.pay_button).to_be_focused()
    visit.page.keyboard.press("Enter")
    visit.expect_heading("Paid")
