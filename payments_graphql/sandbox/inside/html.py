"""HTML that is always escaped, and the small parts that pages are made of."""

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


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Html:
    """A table, or a note that it is empty. On a narrow screen each row becomes a block."""
    names = tuple(headings)
    lines = [
        join(
            fill('<td data-label="{}"><div>{}</div></td>', name, cell)
            for name, cell in zip(names, row, strict=True)
        )
        for row in rows
    ]
    if not lines:
        return Html('<p class="quiet">None.</p>')
    head = join(fill('<th scope="col">{}</th>', name) for name in names)
    return fill(
        '<div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        join(fill("<tr>{}</tr>", line) for line in lines),
    )


def object_link(object_id: str) -> Html:
    return fill('<a href="/_sandbox/objects/{}"><code>{}</code></a>', object_id, object_id)


def badge(status: object) -> Html:
    """A status of an object or an HTTP answer, in the color of its meaning."""
    if status in {"", None}:
        return Html("")
    return fill('<span class="badge {}">{}</span>', _tone(str(status)), status)


def answer_badge(answer: str) -> Html:
    """The status with which an endpoint answered a webhook, or why it didn't."""
    tone = "good" if answer.startswith("2") else "bad"
    return fill('<span class="badge {}">{}</span>', tone, answer)


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
    """A form with one button."""
    named = fill(' name="{}" value="{}"', name, value) if name else Html("")
    return fill(
        '<form method="post" action="{}"><button{}>{}</button></form>', action, named, label
    )


def options(choices: Iterable[tuple[str, str]], chosen: str = "") -> Html:
    """The options of a select: value and text of each."""
    return join(
        fill(
            '<option value="{}"{}>{}</option>',
            value,
            Html(" selected" if value == chosen else ""),
            text,
        )
        for value, text in choices
    )


def copyable(label: str, text: str) -> Html:
    """A text to copy. Without JavaScript it can still be selected; see `copy.js`."""
    return fill(
        '<span class="copy"><input readonly value="{}" aria-label="{}">'
        '<button type="button" hidden>Copy</button></span>',
        text,
        label,
    )


def older_link(path: str, query: str) -> Html:
    return fill('<p><a href="{}?{}">Older</a></p>', path, query)
