"""The page of docs/frontend.md takes payments: its three files as they are printed, in Chromium."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import open_chromium
from tests.docs.pages import list_blocks
from tests.served_sites import serve_production_site


@dataclass
class Shop:
    url: str
    session: str
    bookings: list[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    _write_page(directory / "static" / "shop")
    with serve_production_site(
        directory, "tests.docs.in_browser.site_settings", "tests.docs.in_browser.furnish"
    ) as (url, known):
        yield Shop(f"{url}/static/shop/index.html", known["session"], known["bookings"])


def _write_page(folder: Path) -> None:
    """The blocks that begin with the name of their file."""
    folder.mkdir(parents=True)
    for block in list_blocks("html", "js"):
        if block.page == "docs/frontend.md" and block.code.startswith(("// ", "<!-- ")):
            name = block.code.split(maxsplit=2)[1]
            (folder / name).write_text(block.code)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Alice's, who is signed in."""
    context = browser.new_context()
    context.add_cookies(
        [{"name": "sessionid", "value": shop.session, "domain": "127.0.0.1", "path": "/"}]
    )
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    yield page
    context.close()
    assert mistakes == []


def _pay(page: Page, number: str) -> None:
    form = page.frame_locator("#card iframe")
    form.get_by_label("Card number").fill(number)
    form.get_by_label("Expiration date").fill("12 / 40")
    form.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay").press("Enter")


def test_a_declined_card_can_be_followed_by_another(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}?booking={shop.bookings[0]}")
    message = page.locator("#message")

    _pay(page, "4000000000000002")
    expect(message).to_have_text("Your card was declined.")
    _pay(page, "4242424242424242")
    expect(message).to_have_text("Thank you. It is paid.")


def test_3d_secure_needs_no_code_of_the_page(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.url}?booking={shop.bookings[1]}")

    _pay(page, "4000002760003184")
    bank = page.frame_locator("[role=dialog] iframe")
    bank.get_by_role("button", name="Complete").click()

    expect(page.locator("#message")).to_have_text("Thank you. It is paid.")
