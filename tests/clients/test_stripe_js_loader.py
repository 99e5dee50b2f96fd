"""Stripe's own loader, `@stripe/stripe-js`, in a page that has loaded the sandbox's Stripe.js."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.specification import RELEASE
from tests.chromium import open_chromium
from tests.clients.node import prepare


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def shop(tmp_path: Path):
    """A folder, and the address where a shop serves it."""
    loader = prepare("stripe_js") / "node_modules/@stripe/stripe-js/dist/index.mjs"
    shutil.copy(loader, tmp_path / "loader.mjs")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(tmp_path)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def load(shop: tuple[Path, str], release: str) -> tuple[list[str], object]:
    """Return the warnings, and the type of the `confirmPayment` that the page gets."""
    folder, url = shop
    warnings: list[str] = []
    with Sandbox() as sandbox, open_chromium() as browser:
        script = f'<script src="{sandbox.url}/{release}/stripe.js"></script>'
        (folder / "index.html").write_text(f'<!doctype html><link rel="icon" href="data:">{script}')
        page = browser.new_page()
        page.on("console", lambda message: warnings.append(message.text))
        page.goto(url)
        loaded = page.evaluate(
            """async () => {
                const { loadStripe } = await import("/loader.mjs");
                return typeof (await loadStripe("pk_test_shop")).confirmPayment;
            }"""
        )
    return warnings, loaded


def test_the_loader_takes_the_script_of_its_release_without_a_warning(shop):
    assert load(shop, RELEASE) == ([], "function")


def test_the_loader_warns_about_another_release(shop):
    warnings, loaded = load(shop, "basil")
    assert loaded == "function"
    assert ["Stripe.js@basil was loaded" in warning for warning in warnings] == [True]
