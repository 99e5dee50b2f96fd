"""docs/python.md lists what a site may import."""

import re
from importlib import import_module

import pytest

from .pages import ROOT

CHAPTER = (ROOT / "docs/python.md").read_text().split("## What you may import")[1]
ROWS = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", CHAPTER, re.MULTILINE)
WHOLE = 5
"""So many modules of the first table are public with all that they export."""


def _read_names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize(("module", "cell"), ROWS, ids=[module for module, _ in ROWS])
def test_every_name_can_be_imported(module: str, cell: str) -> None:
    names = _read_names(cell)
    assert names
    for name in names:
        assert hasattr(import_module(module), name), name


@pytest.mark.parametrize(("module", "cell"), ROWS[:WHOLE], ids=[row[0] for row in ROWS[:WHOLE]])
def test_the_page_lists_all_that_these_modules_export(module: str, cell: str) -> None:
    assert sorted(_read_names(cell)) == sorted(import_module(module).__all__)
