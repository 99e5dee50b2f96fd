"""The problems as cards on the start page: count, money at risk, what to do, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from ..errors import ProviderError
from ..policy import has_permission
from ..problems import Action, Kind, Problem, get_dated_problems, get_kind, list_kinds
from . import columns

STALE = timedelta(seconds=3)
"""An older list is examined again in the background."""
_AT_ONCE = timedelta(seconds=90)
"""An older list is examined again before the page is shown: `payments_reconcile` does not run."""
TEMPLATE = "admin/payments_graphql/parts/problem_cards.html"


@dataclass(frozen=True)
class Link:
    url: str
    label: str


@dataclass(frozen=True)
class Card:
    kind: str
    title: str
    level: str
    count: int | None
    amounts: str
    since: datetime | None
    due_at: datetime | None
    hint: SafeString
    lists: tuple[Link, ...]
    action: Link | None


def show_cards(request: HttpRequest) -> HttpResponse:
    """The cards alone, for the script that keeps them up to date."""
    response = render(request, TEMPLATE, make_context(request, max_age=STALE))
    response.headers["Cache-Control"] = "no-store"
    return response


def make_context(request: HttpRequest, *, max_age: timedelta = _AT_ONCE) -> dict[str, Any]:
    """`may_see` is False for a person who may view none of the rows."""
    visible = [kind.slug for kind in list_kinds() if _may_see(request, kind)]
    if not visible:
        return {"may_see": False}
    try:
        problems, checked_at = get_dated_problems(max_age)
    except ProviderError as error:
        return {"may_see": True, "error": columns.mask(error.message), "is_stale": True}
    return {
        "may_see": True,
        "cards": [_make_card(request, one) for one in problems if one.kind in visible],
        "checked_at": checked_at,
        "is_stale": checked_at is None or checked_at < timezone.now() - STALE,
    }


def _may_see(request: HttpRequest, kind: Kind) -> bool:
    admins = list(_list_admins(kind))
    if admins:
        return any(one.has_view_permission(request) for one in admins)
    return has_permission(request.user, kind.permission)


def _list_admins(kind: Kind) -> Iterator[Any]:
    """The admins of the rows, where the site has them."""
    for rows in kind.rows:
        if admin.site.is_registered(rows.get_model()):
            yield admin.site.get_model_admin(rows.get_model())


def _make_card(request: HttpRequest, problem: Problem) -> Card:
    kind = get_kind(problem.kind)
    assert kind is not None
    amounts = sorted(problem.amounts.items())
    return Card(
        kind=kind.slug,
        title=capfirst(_strip_code(str(kind.title))),
        level=str(problem.level),
        count=problem.count if kind.rows or problem.count > 1 else None,
        amounts=", ".join(columns.format_amount(amount, currency) for currency, amount in amounts),
        since=problem.since,
        due_at=problem.due_at,
        hint=_show_code(str(problem.hint)),
        lists=tuple(_link_lists(request, kind)),
        action=_link_action(request, kind, problem.row_id),
    )


def _link_lists(request: HttpRequest, kind: Kind) -> Iterator[Link]:
    admins = [one for one in _list_admins(kind) if one.has_view_permission(request)]
    for one in admins:
        name = f"admin:{one.opts.app_label}_{one.opts.model_name}_changelist"
        label = gettext("View") if len(admins) == 1 else capfirst(one.opts.verbose_name_plural)
        yield Link(f"{reverse(name)}?problem={kind.slug}", label)


def _link_action(request: HttpRequest, kind: Kind, row_id: str) -> Link | None:
    """To the page that fixes the only row."""
    action = kind.action
    if action is None or not row_id or not _may_open(request, kind, action, row_id):
        return None
    options = kind.rows[0].get_model()._meta
    name = f"admin:{options.app_label}_{options.model_name}_{action.name}"
    try:
        return Link(reverse(name, args=(quote(row_id),)), str(action.label))
    except NoReverseMatch:
        return None


def _may_open(request: HttpRequest, kind: Kind, action: Action, row_id: str) -> bool:
    if not has_permission(request.user, action.permission):
        return False
    if not action.depends_on_person:
        return True
    for one in _list_admins(kind):
        for question in getattr(one, "questions", ()):
            if question.name == action.name:
                row = one.get_queryset(request).filter(pk=row_id).first()
                return row is not None and question.may(request.user, row)
    return True


def _strip_code(text: str) -> str:
    return text.replace("`", "")


def _show_code(text: str) -> SafeString:
    """Commands and names, which are between backticks, in a typewriter font."""
    parts = text.split("`")
    pieces = (("code" if number % 2 else "span", part) for number, part in enumerate(parts))
    return format_html_join("", "<{0}>{1}</{0}>", pieces)
