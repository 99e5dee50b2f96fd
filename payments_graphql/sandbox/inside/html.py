"""HTML without a way to forget escaping, and the frame around every page."""

import time
from collections.abc import Iterable
from html import escape
from typing import LiteralString


class Html(str):
    """Markup. Any other text is escaped when it is put into a page."""

    __slots__ = ()


def fill(template: LiteralString, *values: object) -> Html:
    """Put values into a template's `{}`, escaped unless they are markup already."""
    return Html(template.format(*(_markup(value) for value in values)))


def join(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def _markup(value: object) -> str:
    return value if isinstance(value, Html) else escape(str(value))


_NAVIGATION = (
    ("/_sandbox/", "Overview"),
    ("/_sandbox/objects", "Objects"),
    ("/_sandbox/requests", "Requests"),
    ("/_sandbox/webhooks", "Webhooks"),
    ("/_sandbox/triggers", "Triggers"),
    ("/_sandbox/faults", "Faults"),
    ("/_sandbox/clock", "Clock"),
)


def page(title: str, *content: Html) -> Html:
    """A page with the navigation."""
    links = join(
        fill(' <a href="{}"{}>{}</a>', path, _current(name == title), name)
        for path, name in _NAVIGATION
    )
    header = fill("<header><strong>Payments sandbox</strong><nav>{}</nav></header>", links)
    return _document(title, join([header, fill("<main><h1>{}</h1>", title), *content]))


def bare_page(title: str, *content: Html) -> Html:
    """A page for a shop's customer, without a way to the inside."""
    return _document(title, join([fill("<main><h1>{}</h1>", title), *content]))


def _current(is_current: bool) -> Html:
    return Html(' aria-current="page"' if is_current else "")


def _document(title: str, body: Html) -> Html:
    return fill(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>{} · Payments sandbox</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/_sandbox/style.css"><body>{}</main></html>',
        title,
        body,
    )


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Html:
    """A table, or a word about there being nothing."""
    lines = [fill("<tr>{}</tr>", join(fill("<td>{}</td>", cell) for cell in row)) for row in rows]
    if not lines:
        return Html('<p class="quiet">None yet.</p>')
    head = join(fill("<th>{}</th>", heading) for heading in headings)
    return fill(
        '<div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        join(lines),
    )


def object_link(object_id: str) -> Html:
    return fill('<a href="/_sandbox/objects/{}"><code>{}</code></a>', object_id, object_id)


def badge(status: object) -> Html:
    """A status with the colour that its meaning has at Stripe."""
    if status in {"", None}:
        return Html("")
    return fill('<span class="badge {}">{}</span>', _tone(str(status)), status)


def _tone(status: str) -> str:
    if status in _GOOD or status.startswith("2"):
        return "good"
    if status in _BAD or status[0] in "345":
        return "bad"
    return "open"


_GOOD = frozenset({"succeeded", "enabled", "won", "warning_closed"})
_BAD = frozenset({"failed", "canceled", "lost", "prevented", "deleted", "disabled", "0"})


def moment(seconds: float) -> Html:
    """A time of the sandbox's clock, in UTC."""
    try:
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
    except (OverflowError, ValueError):
        text = str(seconds)
    return fill("<time>{}</time>", text)


def button(action: str, label: str, name: str = "", value: str = "") -> Html:
    """A form of one button."""
    return fill(
        '<form method="post" action="{}"><button name="{}" value="{}">{}</button></form>',
        action,
        name,
        value,
        label,
    )


def older_link(path: str, query: str) -> Html:
    return fill('<p><a href="{}?{}">Older</a></p>', path, query)
