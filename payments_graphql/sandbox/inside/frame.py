"""What all pages of the sandbox share: the document, the navigation and the security headers."""

from dataclasses import dataclass

from payments_graphql.sandbox.inside.html import Html, fill, join
from payments_graphql.sandbox.messages import HttpAnswer

_NAVIGATION = (
    ("/_sandbox/", "Overview"),
    ("/_sandbox/objects", "Objects"),
    ("/_sandbox/requests", "Requests"),
    ("/_sandbox/webhooks", "Webhooks"),
    ("/_sandbox/triggers", "Triggers"),
    ("/_sandbox/cards", "Test cards"),
    ("/_sandbox/keys", "Keys"),
    ("/_sandbox/faults", "Faults"),
    ("/_sandbox/clock", "Clock"),
)
COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a page. `copies` marks one with buttons that copy text: it needs a script."""

    title: str
    content: Html
    status: int = 200
    copies: bool = False


def show(title: str, *content: Html, status: int = 200, copies: bool = False) -> Page:
    return Page(title, join(content), status, copies)


def render(page: Page, path: str, site: str | None) -> HttpAnswer:
    """Put the navigation around a page. `site` is the address of the site that uses the sandbox.

    The page loads nothing from elsewhere, can't be in a frame, and runs at most our own script.
    """
    links = join(
        fill('<a href="{}"{}>{}</a>', target, _current(_is_part_of(path, target)), name)
        for target, name in _NAVIGATION
    )
    back = fill('<a class="site" href="{}">Your site: {}</a>', site, site) if site else Html("")
    body = fill(
        '<a class="skip" href="#content">Skip to the content</a><header>'
        '<a class="name" href="/_sandbox/">Payments sandbox</a>'
        '<nav aria-label="Sandbox">{}</nav>{}</header>'
        '<main id="content"><h1>{}</h1>{}</main>',
        links,
        back,
        page.title,
        page.content,
    )
    policy = f"{_POLICY}; form-action 'self'; frame-ancestors 'none'"
    if page.copies:
        body = Html(f'{body}<script src="/_sandbox/copy.js" defer></script>')
        policy = f"{policy}; script-src 'self'"
    return _answer(page.title, body, policy, page.status)


def show_to_customer(title: str, *content: Html) -> HttpAnswer:
    """A page for a shop's customer, without the navigation.

    A shop may put it in a frame, and its form may lead back to the shop.
    """
    body = fill("<main><h1>{}</h1>{}</main>", title, join(content))
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return _answer(title, body, _POLICY, 200, headers)


def _answer(
    title: str, body: Html, policy: str, status: int, headers: dict[str, str] | None = None
) -> HttpAnswer:
    document = fill(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{} · Payments sandbox'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="/_sandbox/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/_sandbox/style.css"></head><body>{}</body></html>',
        title,
        body,
    )
    sent = COMMON_HEADERS | {"Content-Security-Policy": policy} | (headers or {})
    return HttpAnswer(status, document.encode(), "text/html; charset=utf-8", sent)


def _is_part_of(path: str, target: str) -> bool:
    if target == "/_sandbox/":
        return path in {"/", "/_sandbox", "/_sandbox/"}
    return path == target or path.startswith(f"{target}/")


def _current(is_current: bool) -> Html:
    return Html(' aria-current="page"' if is_current else "")
