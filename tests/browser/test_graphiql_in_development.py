"""GraphiQL on a seeded development site: one click signs in, and the examples work in order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from settings.management.processes import Processes, find_free_port


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("development")
    port, sandbox_port = find_free_port(), find_free_port()
    environment = {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "DEVELOPMENT_DATABASE": str(directory / "db.sqlite3"),
        "STRIPE_SECRET_KEY": "",
        "STRIPE_API_BASE": "",
        "SANDBOX_PORT": str(sandbox_port),
    }
    with (
        Path(directory / "site.log").open("w") as log,
        Processes(environment, log) as processes,
    ):
        processes.run_to_end("manage.py", "migrate", "--verbosity", "0")
        processes.run_to_end("manage.py", "seed")
        processes.start_sandbox(
            sandbox_port,
            state=None,
            forward_to=f"http://127.0.0.1:{port}/api/stripe/webhooks/stripe/",
            secret="whsec_sandbox",
        )
        processes.start_site(port)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """What the console calls an error fails the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, base_url=url)
    page = context.new_page()
    mistakes: list[str] = []
    page.on("console", lambda said: mistakes.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    yield page
    context.close()
    assert mistakes == []


def test_its_bundle_is_compressed_and_asked_for_once(page: Page) -> None:
    bundle = "/static/payments_graphql/graphiql/bundle.js"
    first = page.request.get(bundle)
    assert first.headers["content-encoding"] == "gzip"
    again = page.request.get(bundle, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body()) == (304, b"")


def test_one_click_in_its_bar_signs_in(page: Page) -> None:
    page.goto("/graphql/")
    expect(page.get_by_text("Not signed in.")).to_be_visible()
    for name in ("Alice", "Bob", "Sam"):
        page.get_by_role("button", name=f"Sign in as {name}").click()
        expect(page.get_by_text(f"Signed in as {name.lower()}")).to_be_visible()
        assert page.url.endswith("/graphql/")
        answer = _run(page, "Overview")
        assert answer["data"]["me"]["username"] == name.lower()


def test_one_click_on_the_login_page_leads_sam_to_the_admin_and_alice_home(page: Page) -> None:
    for name, path in (("Alice", "/"), ("Sam", "/admin/")):
        page.goto("/admin/login/?next=/admin/")
        page.get_by_role("button", name=f"Sign in as {name}").click()
        page.wait_for_url(f"**{path}")


def test_the_examples_work_from_first_to_last(page: Page) -> None:
    """As Alice, and from `HoldPayment` on as Sam."""
    page.goto("/graphql/")
    page.get_by_role("button", name="Sign in as Alice").click()
    expect(page.get_by_text("Signed in as alice")).to_be_visible()
    expect(page.locator(".graphiql-query-editor .monaco-editor").first).to_be_visible()
    names = page.locator(".graphiql-tab-button").all_inner_texts()
    assert names[0] == "Overview"
    assert len(set(names)) == len(names)
    for name in names:
        if name == "HoldPayment":
            page.get_by_role("button", name="Sign in as Sam").click()
            expect(page.get_by_text("Signed in as sam")).to_be_visible()
        if name == "PaymentIntentUpdated":
            _follow(page)
            continue
        if name == "Disputes":
            _wait_for_dispute(page)
        answer = _run(page, name)
        assert "errors" not in answer, name
        for result in answer["data"].values():
            assert result is not None, name
            if isinstance(result, dict) and "errors" in result:
                codes = [error["code"] for error in result["errors"]]
                assert codes == (["CARD_DECLINED"] if name == "DeclinedCard" else []), name
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "DetachPaymentMethod" in kept
    assert "_secret_" not in kept


def _open(page: Page, name: str) -> None:
    page.locator(f".graphiql-tab-button[title={name}]").click()
    # GraphiQL reads a document a moment after its tab is opened, and stores it then. The first one
    # it reads at once.
    page.wait_for_function(
        "(name) => RegExp(` ${name}[ (]`).test(localStorage['graphiql:query'] ?? ' Overview ')",
        arg=name,
    )
    expect(page.locator("section[aria-label=Variables]")).not_to_contain_text("<id from")


def _run(page: Page, name: str) -> Any:
    _open(page, name)

    def is_ours(response: Any) -> bool:
        return (
            response.request.method == "POST"
            and (response.request.post_data_json or {}).get("operationName") == name
        )

    with page.expect_response(is_ours) as answered:
        page.locator(".graphiql-execute-button").click()
    answer = answered.value.json()
    # It has been read by the page as well.
    expect(page.locator(".result-window")).to_contain_text('"data"')
    return answer


def _follow(page: Page) -> None:
    _open(page, "PaymentIntentUpdated")
    expect(page.locator(".graphiql-query-editor").first).to_contain_text("another browser window")
    page.locator(".graphiql-execute-button").click()
    expect(page.locator(".result-window")).to_contain_text("REQUIRES_PAYMENT_METHOD")


def _wait_for_dispute(page: Page) -> None:
    """Its webhook may still be on the way."""
    page.wait_for_function(
        """async () => {
            const answer = await fetch("/graphql/", {
                method: "POST",
                headers: { "Content-Type": "application/json",
                    "X-CSRFToken": document.getElementById("graphiql").dataset.csrfToken },
                body: JSON.stringify({ query: "{ disputes(first: 1) { edges { cursor } } }" }),
            });
            return (await answer.json()).data.disputes.edges.length > 0;
        }"""
    )
