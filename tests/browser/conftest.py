"""The whole site in a process of its own, under production's settings, and Chromium before it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from payments_graphql.sandbox import Sandbox
from settings.management.processes import Processes, find_free_port
from tests.browser.furnish import PASSWORD
from tests.chromium import open_chromium

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


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site")
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.browser.site_settings",
        "SECRET_KEY": "testing-only-secret-key-that-is-long-enough-to-sign-with-hmac",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{directory / 'site.sqlite3'}",
        "SITE_STATIC": str(directory / "static"),
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": "whsec_testing",
        "PAYMENTS_GRAPHIQL": "true",
        "PAYMENTS_GRAPHQL_INTROSPECTION": "true",
    }
    port = find_free_port()
    log_file = directory / "site.log"
    with Sandbox() as sandbox, log_file.open("w") as log:
        environment["STRIPE_API_BASE"] = sandbox.url
        with Processes(environment, log) as processes:
            processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
            processes.run_to_end("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
            furnished = subprocess.run(
                [sys.executable, "-m", "tests.browser.furnish"],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
                check=True,
            )
            known = json.loads(furnished.stdout.splitlines()[-1])
            processes.start_site(port)
            yield Site(f"http://127.0.0.1:{port}", known["token"])


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

    def sign_in(self) -> None:
        """Sam, who may see everything."""
        self.open("/admin/login/")
        self.page.get_by_label("Username").fill("sam")
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
