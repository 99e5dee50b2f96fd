"""uPlot, which draws the charts of the dashboard, is its npm package's, byte for byte."""

import json
from pathlib import Path

import pytest

from tests.clients.node import install

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".ci" / "uplot"
COMMITTED = ROOT / "payments_graphql/static/payments_graphql/uplot"
FILES = ("LICENSE", "dist/uPlot.iife.min.js", "dist/uPlot.min.css")


def test_the_lock_has_a_checksum_and_the_version_that_is_asked_for() -> None:
    (asked,) = json.loads((FOLDER / "package.json").read_text())["dependencies"].values()
    package = json.loads((FOLDER / "package-lock.json").read_text())["packages"][
        "node_modules/uplot"
    ]
    assert package["version"] == asked
    assert package["integrity"].startswith("sha512-")
    assert "resolved" not in package
    assert f"uPlot (v{asked})" in (COMMITTED / "uPlot.iife.min.js").read_text()[:100]


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_the_packages(name: str) -> None:
    """npm has compared the package with the lock's checksum."""
    package = install(FOLDER) / "node_modules" / "uplot"
    assert (COMMITTED / Path(name).name).read_bytes() == (package / name).read_bytes()


def test_nothing_else_is_among_the_files() -> None:
    assert {path.name for path in COMMITTED.iterdir()} == {Path(name).name for name in FILES}
