"""Drives Debian's Chromium with playwright, for the tests of pages."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
expect.set_options(timeout=10_000)


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """For a fixture of one package: while playwright runs, Django considers the thread
    asynchronous, and no test in it can use the database.

    Give `page.wait_for_function` a function. It evaluates any other expression again and again,
    which the policies of our pages forbid."""
    # The shell opens a new context in a seventh of the time: it has no window to draw.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Under CI, Chromium must not be missing.")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


def reload_until(page: Page, is_true: Callable[[], bool], seconds: float = 10) -> None:
    """For what a server does in the background. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "It did not happen in time."
        page.reload()
