"""The page of docs/frontend.md takes payments: its three files as they are printed, in Chromium."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from payments_graphql.sandbox import Sandbox
from settings.management.processes import Processes, find_free_port
from tests.chromium import open_chromium
from tests.conftest import WEBHOOK_PATH
from tests.docs.pages import ROOT, list_blocks


@dataclass
class Shop:
    url: str
    session: str
    bookings: list[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The site under production's settings, with webhooks."""
    directory = tmp_path_factory.mktemp("shop")
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.docs.in_browser.site_settings",
        "SECRET_KEY": "testing-only-secret-key-that-is-long-enough-to-sign-with-hmac",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{directory / 'site.sqlite3'}",
        "SITE_STATIC": str(directory / "static"),
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": "whsec_testing",
    }
    with Sandbox() as sandbox, (directory / "log").open("w") as log:
        sandbox.forward_to(url + WEBHOOK_PATH, "whsec_testing")
        environment["STRIPE_API_BASE"] = sandbox.url
        with Processes(environment, log) as processes:
            processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
            processes.run_to_end("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
            _write_page(directory / "static" / "shop")
            furnished = subprocess.run(
                [sys.executable, "-m", "tests.docs.in_browser.furnish"],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
                check=True,
            )
            known = json.loads(furnished.stdout.splitlines()[-1])
            processes.start_site(port)
            yield Shop(f"{url}/static/shop/index.html", known["session"], known["bookings"])


def _write_page(folder: Path) -> None:
    """The blocks that begin with the name of their file."""
    folder.mkdir()
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
