from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()


@register.filter
def with_headings(cells: Any, headers: Any) -> Iterator[SafeString]:
    """The cells of a row, each with the heading of its column, for screens too narrow for a
    table."""
    for cell, header in zip(cells, headers, strict=False):
        text = header["text"]
        label = "" if "<" in str(text) else capfirst(str(text))  # the box that selects all rows
        html = str(cell)
        is_empty = html.endswith((">&nbsp;</td>", ">-</td>"))
        attribute = format_html(' data-label="{}"{}', label, SafeString(" data-empty" * is_empty))
        for tag in ("<td", "<th"):
            if html.startswith(tag):
                html = f"{tag}{attribute}{html[len(tag) :]}"
        yield mark_safe(html)  # noqa: S308  (Django's own cell, with an escaped attribute)
