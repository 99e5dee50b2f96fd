"""A shop's page in Chromium, at another origin than the sandbox that it pays with."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    FrameLocator,
    Page,
    expect,
)

from payments_graphql.sandbox import Sandbox
from tests.chromium import open_chromium

_FILES = {"/": "index.html", "/shop.css": "shop.css", "/shop.js": "shop.js"}
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


class _ShopHandler(BaseHTTPRequestHandler):
    """The shop's files, under a policy as strict as a careful shop's."""

    def __init__(self, sandbox_url: str, *args: Any) -> None:
        self.sandbox_url = sandbox_url
        super().__init__(*args)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name = _FILES.get(path, "")
        content = "<p>Thank you." if path == "/done" else ""
        if name:
            file = Path(__file__).parent / "shop" / name
            content = file.read_text().replace("SANDBOX", self.sandbox_url)
        body = content.encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", _KINDS[Path(name).suffix or ".html"])
        self.send_header("Content-Length", str(len(body)))
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'self'; script-src 'self' {self.sandbox_url}; "
            f"frame-src {self.sandbox_url}; connect-src {self.sandbox_url}",
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="package")
def shop_url(sandbox: Sandbox) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_ShopHandler, sandbox.url))
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Page:
    """One tab for all tests, because a new one takes as long as a test."""
    return browser.new_page(viewport={"width": 700, "height": 700})


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """An empty page. An error in its scripts fails the test."""
    mistakes: list[str] = []

    def on_console(said: ConsoleMessage) -> None:
        if "Policy" in said.text:
            mistakes.append(said.text)

    def on_error(error: Error) -> None:
        mistakes.append(str(error))

    tab.on("console", on_console)
    tab.on("pageerror", on_error)
    yield tab
    tab.goto("about:blank")
    tab.remove_listener("console", on_console)
    tab.remove_listener("pageerror", on_error)
    assert mistakes == []


@pytest.fixture
def run(page: Page, shop_url: str) -> Callable[..., Any]:
    """Run JavaScript in the shop's page, whose `stripe` it may use: `run("async (secret) => ...",
    secret)`. What it throws comes back as `{thrown: {name, message}}`.
    """
    page.goto(shop_url)

    def run(program: str, argument: object = None) -> Any:
        return page.evaluate(
            f"""async (argument) => {{
                try {{
                    return await ({program})(argument);
                }} catch (error) {{
                    return {{ thrown: {{ name: error.name, message: error.message }} }};
                }}
            }}""",
            argument,
        )

    return run


class Shop:
    """What a customer does in the shop's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, client_secret: str | None) -> None:
        self.page.goto(f"{self.url}/#{client_secret}")
        expect(self.form.get_by_label("Card number")).to_be_visible()

    @property
    def form(self) -> FrameLocator:
        return self.page.frame_locator("#element iframe")

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("[role=dialog] iframe")

    def fill_card(self, number: str, expiry: str = "12 / 40", cvc: str = "123") -> None:
        self.form.get_by_label("Card number").fill(number)
        self.form.get_by_label("Expiration date").fill(expiry)
        self.form.get_by_label("Security code").fill(cvc)

    def press_pay(self) -> None:
        # By keyboard: a mouse click could miss it, because it moves when the form grows.
        self.page.get_by_role("button", name="Pay").press("Enter")

    def pay(self, number: str) -> None:
        self.fill_card(number)
        self.press_pay()

    def answer_bank(self, button: str) -> None:
        self.bank.get_by_role("button", name=button).click()

    def expect_message(self, text: str) -> dict[str, Any]:
        """Wait until the shop shows an error; return it as Stripe.js gave it."""
        expect(self.page.locator("#message")).to_have_text(text)
        error: dict[str, Any] = self.page.evaluate("lastError")
        return error


@pytest.fixture
def shop(page: Page, shop_url: str) -> Shop:
    return Shop(page, shop_url)
