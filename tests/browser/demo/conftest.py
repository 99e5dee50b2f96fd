"""The sample page as `make run` serves it, with a sandbox that the tests can disturb."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect

from payments_graphql.sandbox import Sandbox
from settings.management.processes import Processes, find_free_port
from tests.served_sites import furnish

ROOT = Path(__file__).resolve().parents[3]
VISA = "4242424242424242"
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `Policy: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""


@dataclass
class Guest:
    """A customer with one booking of $99.99, of nobody else's test."""

    username: str
    token: str
    booking_id: str


@dataclass
class Shop:
    url: str
    sandbox: Sandbox
    guests: Iterator[Guest]
    static_url: str
    """The same files from a server that knows nothing of Django."""

    def ask(self, guest: Guest, query: str, **variables: Any) -> Any:
        response = requests.post(
            f"{self.url}/graphql/",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Token {guest.token}"},
            timeout=30,
        )
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    def count(self, method: str, path: str) -> int:
        """How many of these requests the sandbox has had."""
        return len(self.sandbox.requests(method, path))


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("demo")
    port, static_port = find_free_port(), find_free_port()
    database = directory / "db.sqlite3"
    static_url = f"http://127.0.0.1:{static_port}"
    limited = ("create", "confirm", "setup", "change", "refund", "read")
    environment = {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATABASE_URL": f"sqlite:///{database}",
        "DEVELOPMENT_DATABASE": str(database),
        "PORT": str(port),
        "PAYMENTS_ALLOW_REDIRECTS": "true",
        "STRIPE_SECRET_KEY": "",
        "STRIPE_WEBHOOK_SECRET": "whsec_testing",
        "CORS_ALLOWED_ORIGINS": static_url,
        "PAYMENTS_RATE_LIMITS": ",".join(
            [*(f"{name}.address=" for name in limited), "sign_in.address="]
        ),
    }
    static = ROOT / "payments_graphql" / "demo" / "static" / "payments_demo"
    log_file = directory / "site.log"
    with Sandbox() as sandbox, log_file.open("w") as log:
        environment["STRIPE_API_BASE"] = sandbox.url
        sandbox.forward_to(f"http://127.0.0.1:{port}/api/stripe/webhooks/stripe/", "whsec_testing")
        with Processes(environment, log) as processes:
            processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
            processes.run_to_end("manage.py", "seed")
            guests = (Guest(**one) for one in furnish("tests.browser.demo.furnish", environment))
            processes.start_site(port)
            processes.start(
                "static", "-m", "http.server", str(static_port), "--bind", "127.0.0.1",
                "--directory", str(static),
            )  # fmt: skip
            processes.wait_for("static", static_url)
            yield Shop(f"http://127.0.0.1:{port}", sandbox, guests, static_url)


class Visit:
    """A customer at the page. What goes wrong in its scripts fails the test."""

    def __init__(self, browser: Browser, shop: Shop, guest: Guest | None, **options: Any) -> None:
        self.shop = shop
        self.guest = guest
        self.mistakes: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-US", **options
        )
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(_WATCH)
        if guest is not None:
            self.context.add_init_script(
                f"if (window === top && location.origin === {json.dumps(shop.url)})"
                f" sessionStorage.setItem('payments-demo/token', {json.dumps(guest.token)})"
            )
        self.context.on("console", lambda said: self._hear(said.type, said.text))
        self.context.on("weberror", lambda error: self.mistakes.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def _hear(self, kind: str, text: str) -> None:
        # 402 is how Stripe answers a decline, and the browser itself reports it.
        if kind in ("error", "warning") and "status of 402" not in text:
            self.mistakes.append(text)

    def open(self, path: str = "", page: Page | None = None) -> None:
        (page or self.page).goto(f"{self.shop.url}/{path}")

    @property
    def booking_path(self) -> str:
        assert self.guest is not None
        return f"#/bookings/{quote(self.guest.booking_id, safe='')}"

    def open_checkout(self) -> None:
        self.open(self.booking_path)
        expect(self.pay_button).to_be_enabled()

    @property
    def card_form(self) -> FrameLocator:
        return self.page.frame_locator(".element iframe")

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("[role=dialog] iframe")

    @property
    def pay_button(self) -> Locator:
        return self.page.locator("button.wide")

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    def find_row(self, text: str, page: Page | None = None) -> Locator:
        return (page or self.page).locator("main").get_by_role("listitem").filter(has_text=text)

    def fill_card(self, number: str) -> None:
        self.card_form.get_by_label("Card number").fill(number)
        self.card_form.get_by_label("Expiration date").fill("12 / 40")
        self.card_form.get_by_label("Security code").fill("123")

    def pay(self, number: str = VISA) -> None:
        self.fill_card(number)
        self.await_next_second()
        self.pay_button.click()

    def await_next_second(self) -> None:
        """Stripe's clock shows seconds. What changes twice in one is settled by reading it, which
        `payments_reconcile` does and nobody in these tests."""
        self.page.wait_for_function(
            "second => Math.floor(Date.now() / 1000) > second", arg=int(time.time())
        )

    def expect_heading(self, text: str, page: Page | None = None) -> None:
        expect((page or self.page).get_by_role("heading", name=text, exact=True)).to_be_visible()

    def lose(self, pattern: str, containing: str = "", times: int = 1) -> None:
        """The connection, for requests to an address whose body says `containing`."""
        left = [times]

        def answer(route: Any) -> None:
            if left[0] and containing in (route.request.post_data or ""):
                left[0] -= 1
                route.abort("connectionfailed")
            else:
                route.fallback()

        self.page.route(pattern, answer)

    def forgive_lost_connections(self) -> None:
        """The browser itself reports each request that was lost."""
        self.mistakes = [text for text in self.mistakes if "net::ERR_" not in text]

    def close(self) -> None:
        self.context.close()
        assert self.mistakes == []


@pytest.fixture
def guest(shop: Shop) -> Guest:
    return next(shop.guests)


@pytest.fixture
def visit(browser: Browser, shop: Shop, guest: Guest) -> Iterator[Visit]:
    visit = Visit(browser, shop, guest)
    yield visit
    visit.close()
    shop.sandbox.faults.clear()


@pytest.fixture
def stranger(browser: Browser, shop: Shop) -> Iterator[Visit]:
    """Nobody is signed in."""
    visit = Visit(browser, shop, None)
    yield visit
    visit.close()
