"""The whole site in a process of its own, under production's settings, and Chromium before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from tests.browser.furnish import PASSWORD
from tests.chromium import open_chromium
from tests.served_sites import serve_production_site

ROOT = Path(__file__).resolve().parents[2]
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `Policy: ${event.effectiveDirective} refused ${event.blockedURI} on ${location.pathname}`));
"""


@dataclass
class Site:
    url: str
    token: str
    """Alice's."""
    large_payment: str
    """A payment of hers whose refund takes a second person, by its id at Stripe."""


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve_production_site(
        tmp_path_factory.mktemp("site"),
        "tests.browser.site_settings",
        "tests.browser.furnish",
        PAYMENTS_GRAPHIQL="true",
        PAYMENTS_GRAPHQL_INTROSPECTION="true",
    ) as (url, known):
        yield Site(url, **known)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@dataclass
class Tab:
    """`refused`: what the page's policy stopped, in the words of the browser."""

    page: Page
    site: Site
    refused: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        response = self.page.goto(self.site.url + path)
        assert response is not None
        return response

    def sign_in(self, username: str = "sam") -> None:
        """Sam may see everything."""
        self.page.context.clear_cookies()
        self.open("/admin/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/admin/")

    def hear(self, said: ConsoleMessage) -> None:
        if "Policy" in said.text:
            self.refused.append(said.text)


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Tab]:
    """A new browser of its own. What a policy refuses fails the test, unless that clears it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.add_init_script(_WATCH)
    tab = Tab(context.new_page(), site)
    mistakes: list[str] = []
    tab.page.on("console", tab.hear)
    tab.page.on("pageerror", lambda error: mistakes.append(str(error)))
    yield tab
    context.close()
    assert tab.refused == []
    assert mistakes == []
