"""Each kind of problem is caused, seen everywhere, and seen to clear."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from payments_graphql.diagnosis.work import examine_problems
from payments_graphql.problems import ALL, get_kind, list_stored_problems, refresh
from tests.docs.pages import ROOT

from .causes import CAUSES, Cause, report


def _cards(client: Any) -> str:
    return client.get(reverse("admin:payments_graphql_problem_cards")).text


@pytest.mark.parametrize("slug", CAUSES)
def test_it_is_seen_everywhere_and_clears(slug: str, quiet: None, find: Any, request: Any) -> None:
    client = request.getfixturevalue("staff_client")
    case: Cause = CAUSES[slug](request)
    kind = get_kind(slug)
    assert find(slug) is None

    case.cause()

    problem = find(slug)
    assert problem is not None
    assert (problem.count, problem.amounts) == (case.count, dict(case.amounts))
    refresh()
    assert slug in {one.kind for one in list_stored_problems()}
    lines = list(kind.iterate_lines())
    assert len(lines) == (case.count if kind.rows else 1)
    said = [f.message for f in examine_problems() if f.subject == kind.subject and f.level > 0]
    assert any(lines[0][:40] in message for message in said)
    assert f'data-kind="{slug}"' in _cards(client)
    _check_lists(client, slug, case.count)
    _check_action(client, slug, case.count)
    if slug not in ("drift", "left_over_rows"):  # the comparison has its own words for them
        assert f"{case.count} {kind.title}\n" in report()

    case.clear()

    assert find(slug) is None
    refresh()
    assert slug not in {one.kind for one in list_stored_problems()}
    assert f'data-kind="{slug}"' not in _cards(client)


def _check_lists(client: Any, slug: str, count: int) -> None:
    """The links of its card show exactly the rows."""
    kind = get_kind(slug)
    (card,) = re.findall(rf'<li [^>]*data-kind="{slug}".*?</li>', _cards(client), re.DOTALL)
    shown = 0
    for link in re.findall(r'href="([^"]+\?problem=\w+)"', card):
        listed = client.get(link)
        assert listed.status_code == 200, link
        changes = listed.context["cl"]
        expected = {
            row.pk for rows in kind.rows if rows.get_model() is changes.model for row in rows.list()
        }
        assert {row.pk for row in changes.result_list} == expected
        shown += len(expected)
    has_lists = any(admin.site.is_registered(rows.get_model()) for rows in kind.rows)
    assert shown == (count if has_lists else 0)


def _find_action(client: Any, slug: str) -> list[str]:
    (card,) = re.findall(rf'<li [^>]*data-kind="{slug}".*?</li>', _cards(client), re.DOTALL)
    return [link for link in re.findall(r'href="([^"]+)"', card) if "?problem=" not in link]


def _check_action(client: Any, slug: str, count: int) -> None:
    """A card of one row leads to the page that asks before it fixes the row."""
    links = _find_action(client, slug)
    assert len(links) == (get_kind(slug).action is not None and count == 1)
    for link in links:
        asked = client.get(link)
        assert asked.status_code == 200, link
        assert "form" in asked.context


def test_nobody_is_led_to_approve_their_own_request(quiet: None, request: Any) -> None:
    case: Cause = CAUSES["refunds_to_approve"](request)
    case.sue.user_permissions.add(Permission.objects.get(codename="approve_refund"))
    case.cause()
    refresh()
    clients = {"sue": Client(), "fay": Client()}
    for name, client in clients.items():
        client.force_login(request.getfixturevalue(name))
    assert _find_action(clients["sue"], "refunds_to_approve") == []
    (link,) = _find_action(clients["fay"], "refunds_to_approve")
    assert clients["sue"].get(link).status_code == 403
    assert clients["fay"].get(link).status_code == 200


def test_every_kind_is_caused_here() -> None:
    assert {kind.slug for kind in ALL} == CAUSES.keys()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.slug)
def test_every_kind_has_its_paragraph(kind: Any) -> None:
    page, _, anchor = kind.runbook.partition("#")
    text = (ROOT / page).read_text()
    (paragraph,) = re.findall(rf"^## {anchor}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    for part in ("Meaning", "Urgency", "Look at", "Do"):
        assert f"**{part}**" in paragraph


def test_the_runbook_has_no_other_paragraph() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(kind.slug.replace("_", "-") for kind in ALL)
