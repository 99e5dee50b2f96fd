"""A site whose payments the tests change, and Sam's browser before it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.furnish import PASSWORD
from tests.served_sites import serve_production_site

_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `Policy: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""


@dataclass
class Desk:
    """Where Sam works. `payments` are the ids of the payments, by name."""

    page: Page
    url: str
    payments: dict[str, str]
    refused: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        path = f"/admin/payments_graphql/stripepaymentintent/{self.payments[name]}/change/"
        self.page.goto(self.url + path)

    def hear(self, said: ConsoleMessage) -> None:
        if "Policy" in said.text:
            self.refused.append(said.text)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    with serve_production_site(
        tmp_path_factory.mktemp("payments"),
        "tests.browser.site_settings",
        "tests.browser.payment_page.furnish",
    ) as served:
        yield served


@pytest.fixture(params=[(1280, 900), (390, 800)], ids=["wide", "narrow"])
def desk(
    request: pytest.FixtureRequest, browser: Browser, served: tuple[str, dict[str, str]]
) -> Iterator[Desk]:
    """Signed in. What the policy of a page refuses fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(_WATCH)
    desk = Desk(context.new_page(), *served)
    desk.page.on("console", desk.hear)
    desk.page.goto(f"{desk.url}/admin/login/")
    desk.page.get_by_label("Username").fill("sam")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Log in").click()
    desk.page.wait_for_url("**/admin/")
    yield desk
    context.close()
    assert desk.refused == []
