"""A site of its own, whose payments the tests change, and Sam's browser before it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import open_chromium
from tests.served_sites import serve_production_site


@pytest.fixture(scope="package")
def payments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of the site, and the ids of its payments."""
    with serve_production_site(
        tmp_path_factory.mktemp("payments"),
        "tests.browser.site_settings",
        "tests.browser.payment_page.furnish",
    ) as served:
        yield served


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser
