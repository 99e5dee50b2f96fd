"""Links between the pages, and the places in the code that name a page."""

import re
import subprocess
from pathlib import Path

import pytest

from .pages import PAGES, ROOT, get_name, list_anchors, read_prose

LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
LONGEST = {"README.md": 150, "docs/sandbox-conformance.md": 2000}
"""Lines; of all others, 200. The second is a generated table."""


def list_links(page: Path) -> list[str]:
    links = LINK.findall(re.sub(r"`[^`\n]*`", "", read_prose(page)))
    return [link for link in links if not link.startswith(("http:", "https:"))]


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in list_links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_file() or (anchor and anchor not in list_anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    found: set[Path] = set()
    new = {ROOT / "README.md"}
    while new:
        page = new.pop()
        found.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in list_links(page)}
        new |= {target for target in targets if target in PAGES} - found
    assert sorted(found) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_a_page_is_short(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= LONGEST.get(get_name(page), 200)


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:\.ci|payments_graphql|schema|settings|tests)/[\w./-]*)`", page.read_text()
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_that_the_code_names_exists() -> None:
    """In messages, hints, docstrings and comments: `docs/proxies.md`, also with a heading."""
    command = ["git", "grep", "-nIoE", r"docs/[a-z-]+\.md(#[a-z0-9-]+)?", "--", ".", ":!tests/docs"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    named = [line.split(":", 2) for line in found.stdout.splitlines()]
    assert len(named) > 20
    missing = []
    for file, line, reference in named:
        name, _, anchor = reference.partition("#")
        page = ROOT / name
        if not page.is_file() or (anchor and anchor not in list_anchors(page)):
            missing.append(f"{file}:{line} {reference}")
    assert missing == []


def test_no_code_names_a_chapter_of_the_readme() -> None:
    """The README is short: what a message wants to say is in a page of `docs/`."""
    command = ["git", "grep", "-nI", "README", "--", "payments_graphql", "schema", "settings"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    ours = [line for line in found.stdout.splitlines() if "/static/" not in line]
    assert ours == []
